using System.Net;
using Plait.Transports;
using Plait.Transports.Foreign;
using Plait.Wire.Addresses;
using Plait.Wire.Pt;
using Plait.Wire.Arguments;

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
    public bool TakesProxy => Nature.TakesProxy;

    /// <summary>What serves a bridge inside Plait; null for a transport that runs elsewhere, or has no such side.</summary>
    internal virtual IServerTransport? ServerInside => null;

    /// <summary>Whether it gets a directory for state that outlives a start.</summary>
    internal virtual bool KeepsState(PtRole role) => Line is not null;

    /// <summary>What hops of this kind can do, beyond <see cref="TakesProxy"/>.</summary>
    public HopCapabilities Capabilities => Nature.Can;

    /// <summary>Its kind of hop.</summary>
    [ProgramSeam]
    internal virtual HopNature Nature => s_partOfPlait;

    private static readonly HopNature s_partOfPlait = new("a part of Plait", new());

    /// <summary>From a process that Plait starts (N5, N8).</summary>
    /// <param name="Line">The process.</param>
    public sealed record Managed(PluginLine Line) : TransportSource
    {
        private static readonly HopNature s_program = new("a pluggable transport", new(), TakesProxy: true);
        private static readonly HopNature s_library = s_program with { Kind = "a shared library" };

        /// <summary>The process. Transports with the same reference share it.</summary>
        public override PluginLine Line { get; } = Line;

        internal override HopNature Nature => Line.Library is null ? s_program : s_library;
    }

    /// <summary>A SOCKS port of a program that Plait does not start (N6). Clients only.</summary>
    /// <param name="Version">What it speaks.</param>
    /// <param name="Address">Where it listens; the port is not 0.</param>
    public sealed record Unmanaged(SocksVersion Version, IPEndPoint Address) : TransportSource
    {
        /// <summary>What each of them is.</summary>
        internal static HopNature Common { get; } = new("a program that Plait does not start", new() { LetsPlaitDial = false, ForBridges = false });

        internal override HopNature Nature => Common;

        /// <summary>Without the address (G5).</summary>
        public override string ToString() => $"unmanaged {Version}";
    }

    /// <summary>A program that opens a SOCKS port where it is told to, and knows nothing of pt-spec. Plait starts it. Clients only.</summary>
    public sealed record SocksProgram : TransportSource
    {
        internal SocksProgram(PluginLine line, CommandTemplate template, SocksVersion version, bool givesCredentials) =>
            (Line, Template, Version, GivesCredentials) = (line, template, version, givesCredentials);

        /// <summary>The program. Its arguments have places to fill in.</summary>
        public override PluginLine Line { get; }

        /// <summary>What it speaks.</summary>
        public SocksVersion Version { get; }

        /// <summary>It gets the arguments of a connection as SOCKS credentials, as a pluggable transport does.</summary>
        public bool GivesCredentials { get; }

        /// <summary>The arguments of the line.</summary>
        internal CommandTemplate Template { get; }

        /// <summary>What each of them is.</summary>
        internal static HopNature Common { get; } = new("a SOCKS program", new() { LetsPlaitDial = false, ForBridges = false });

        internal override HopNature Nature => Common;
    }

    /// <summary>A program that listens at one address and forwards each connection to one other. Plait starts it, for each target anew.</summary>
    public sealed record Tunnel : TransportSource
    {
        private static readonly HopNature s_without = new("a tunnel", new() { TakesTargets = false, ReportsItsClient = false });
        private static readonly HopNature s_withHeader = new("a tunnel", new() { TakesTargets = false });

        internal Tunnel(PluginLine line, CommandTemplate template, bool isSip003, PtArguments options, bool sendsProxyHeader) =>
            (Line, Template, IsSip003, Options, SendsProxyHeader) = (line, template, isSip003, options, sendsProxyHeader);

        /// <summary>The program. Its arguments have places to fill in.</summary>
        public override PluginLine Line { get; }

        /// <summary>It is a plugin of Shadowsocks, and gets its addresses and options in SS_* variables (SIP003).</summary>
        public bool IsSip003 { get; }

        /// <summary>On a bridge, it tells where a connection comes from in a header of the PROXY protocol.</summary>
        public bool SendsProxyHeader { get; }

        /// <summary>Options of a plugin that it always gets. Those of a connection with the same key replace them.</summary>
        internal PtArguments Options { get; }

        /// <summary>The arguments of the line.</summary>
        internal CommandTemplate Template { get; }

        internal override HopNature Nature => SendsProxyHeader ? s_withHeader : s_without;

        /// <summary>Without the options (G5).</summary>
        public override string ToString() => $"tunnel {Line}";
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
        private static readonly HopNature s_nature = new("a .NET assembly", new());

        /// <inheritdoc/>
        public override bool IsPartOfPlait => true;

        internal override HopNature Nature => s_nature;

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
