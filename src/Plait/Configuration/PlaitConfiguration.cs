using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>The contents of a <c>plaitrc</c>. The words are described in docs/configuration.md.</summary>
public sealed record PlaitConfiguration
{
    /// <summary>The longest text that is read, in characters. 1 Mi: thousands of chains (G6).</summary>
    public const int MaxTextLength = 1 << 20;

    /// <summary>For the client side of chains.</summary>
    public RoleConfiguration Client { get; init; } = new();

    /// <summary>For the server side of chains.</summary>
    public RoleConfiguration Server { get; init; } = new();

    /// <summary>The declared chains of both roles, by name. One exists for a role only where all its hops are declared.</summary>
    public IReadOnlyDictionary<string, ChainAlias> Aliases { get; init; } = new Dictionary<string, ChainAlias>();

    /// <summary>Arguments too long for a bridge line (N19), which asks for them with <c>x-chain-profile=NAME</c>.</summary>
    public IReadOnlyDictionary<string, PtArguments> Profiles { get; init; } = new Dictionary<string, PtArguments>();

    /// <summary>The tunnels, in the order of the file. <c>plait connect</c> and <c>plait serve</c> run them.</summary>
    [ProgramSeam]
    internal IReadOnlyList<TunnelDefinition> Tunnels { get; init; } = [];

    /// <summary>Every bound (G6).</summary>
    public Limits Limits { get; init; } = new();

    /// <summary>True unless the file says <c>SafeLogging 0</c>: no address or argument in any output (G5).</summary>
    public bool SafeLogging { get; init; } = true;

    /// <summary>The part for <paramref name="role"/>.</summary>
    public RoleConfiguration For(PtRole role) => role == PtRole.Client ? Client : Server;

    /// <summary>Reads a whole file. Never throws: whatever is wrong is among the problems, all at once.</summary>
    /// <param name="text">The file's text. A byte-order mark and CRLF are accepted.</param>
    /// <param name="fileName">How problems call the file.</param>
    public static ConfigurationResult Parse(string text, string fileName) => new ConfigurationParser(fileName).Parse(text);

    /// <summary>Reads a whole file that may name transports which an application has in code, as hops of its chains.</summary>
    /// <param name="text">The file's text. A byte-order mark and CRLF are accepted.</param>
    /// <param name="fileName">How problems call the file.</param>
    /// <param name="transports">
    /// The transports, by the names under which the file has them: C identifiers. A plugin line of the same name takes precedence.
    /// </param>
    /// <exception cref="ArgumentException">A name is not one of a transport.</exception>
    public static ConfigurationResult Parse(string text, string fileName, IReadOnlyDictionary<string, TransportSource.InProcess> transports) =>
        new ConfigurationParser(fileName, transports).Parse(text);

    /// <summary>The same with transports that an application has in code.</summary>
    internal PlaitConfiguration With(IReadOnlyDictionary<string, TransportSource.InProcess> transports)
    {
        return transports.Count == 0 ? this : this with { Client = Add(Client, PtRole.Client), Server = Add(Server, PtRole.Server) };

        RoleConfiguration Add(RoleConfiguration side, PtRole role)
        {
            Dictionary<string, TransportDeclaration> declared = new(side.Transports);
            RegisteredTransports.AddTo(declared, transports, role);
            return side with { Transports = declared };
        }
    }
}
