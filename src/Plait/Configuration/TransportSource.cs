using System.Net;
using Plait.Transports;
using Plait.Transports.Foreign;
using Plait.Wire.Addresses;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Where a transport comes from.</summary>
public abstract record TransportSource
{
    private protected TransportSource()
    {
    }

    /// <summary>The program that Plait starts for it, or null.</summary>
    public virtual PluginLine? Line => null;

    /// <summary>
    /// Whether it runs in Plait's own process. Such a transport wraps streams; it has no joint, and at the wire Plait owns the network socket.
    /// </summary>
    public virtual bool IsPartOfPlait => false;

    /// <summary>Whether it can be made to connect through a proxy of Plait's or of tor's, as far as is known before it runs.</summary>
    public virtual bool TakesProxy => false;

    /// <summary>What serves a bridge inside Plait; null for a transport that runs elsewhere, or has no such side.</summary>
    internal virtual IServerTransport? ServerInside => null;

    /// <summary>Whether it gets a directory for state that outlives a start.</summary>
    internal virtual bool KeepsState(PtRole role) => Line is not null;

    /// <summary>From a process that Plait starts (N5, N8).</summary>
    /// <param name="Line">The process.</param>
    public sealed record Managed(PluginLine Line) : TransportSource
    {
        /// <summary>The process. Transports with the same reference share it.</summary>
        public override PluginLine Line { get; } = Line;

        /// <inheritdoc/>
        public override bool TakesProxy => true;
    }

    /// <summary>A SOCKS port of a program that Plait does not start (N6). Clients only.</summary>
    /// <param name="Version">What it speaks.</param>
    /// <param name="Address">Where it listens; the port is not 0.</param>
    public sealed record Unmanaged(SocksVersion Version, IPEndPoint Address) : TransportSource
    {
        /// <summary>Without the address (G5).</summary>
        public override string ToString() => $"unmanaged {Version}";
    }

    /// <summary>
    /// Runs inside Plait. Those that are part of Plait are known without any line; an application may declare transports of its own.
    /// </summary>
    /// <param name="Client">The client side; null if the transport has none, and then it is declared for bridges only.</param>
    /// <param name="Server">The server side; null if the transport has none, and then it is declared for clients only.</param>
    public sealed record InProcess(IClientTransport? Client, IServerTransport? Server) : TransportSource
    {
        /// <inheritdoc/>
        public override bool IsPartOfPlait => true;

        internal override IServerTransport? ServerInside => Server;

        /// <summary>Whether it keeps state where it serves a bridge.</summary>
        internal override bool KeepsState(PtRole role) => role == PtRole.Server && Server is { KeepsState: true };
    }
    /// <summary>A type of a .NET assembly, for programs that can load one.</summary>
    /// <param name="Name">The name of the transport, in which failures are reported.</param>
    /// <param name="Path">The assembly, as written.</param>
    /// <param name="TypeName">
    /// The full name of the type: an <see cref="IClientTransport"/>, an <see cref="IServerTransport"/> or both, with a public constructor
    /// without parameters.
    /// </param>
    public sealed record Assembly(string Name, string Path, string TypeName) : TransportSource
    {
        /// <inheritdoc/>
        public override bool IsPartOfPlait => true;

        /// <summary>The line that names it; null if an application declared it.</summary>
        public SourceLine? At { get; init; }

        /// <summary>The assembly's full path.</summary>
        [ProgramSeam]
        internal string FullPath => System.IO.Path.GetFullPath(Path);

        internal override IServerTransport? ServerInside =>
            new ForeignServerTransport(Name, () => TransportAssembly.Load<IServerTransport>(FullPath, TypeName), keepsState: true);

        /// <summary>Whether it does is not known before it is loaded.</summary>
        internal override bool KeepsState(PtRole role) => role == PtRole.Server;
    }
}
