using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>An option of a tunnel, as on the command line and in a <c>Tunnel</c> line.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Role">The end that has it.</param>
/// <param name="TakesValue">Whether a word follows it.</param>
/// <param name="Repeats">Whether it may stand more than once.</param>
[ProgramSeam]
internal sealed record TunnelOption(string Name, PtRole Role, bool TakesValue = true, bool Repeats = false)
{
    internal const string Bridge = "--bridge", Chain = "--chain", To = "--to", Arg = "--arg", Listen = "--listen", Socks = "--socks",
        Service = "--service", Proxy = "--proxy", Bind = "--bind", Forward = "--forward", Option = "--option", ProxyProtocol = "--proxy-protocol",
        ClientTable = "--client-table", Address = "--address", BridgeFile = "--bridge-file";

    /// <summary>All of them.</summary>
    internal static IReadOnlyList<TunnelOption> All { get; } =
    [
        new(Bridge, PtRole.Client),
        new(Chain, PtRole.Client),
        new(To, PtRole.Client),
        new(Arg, PtRole.Client, Repeats: true),
        new(Listen, PtRole.Client),
        new(Socks, PtRole.Client, TakesValue: false),
        new(Service, PtRole.Client),
        new(Proxy, PtRole.Client),
        new(Bind, PtRole.Client, Repeats: true),
        new(Chain, PtRole.Server),
        new(Listen, PtRole.Server),
        new(Forward, PtRole.Server, Repeats: true),
        new(Option, PtRole.Server, Repeats: true),
        new(ProxyProtocol, PtRole.Server),
        new(ClientTable, PtRole.Server),
        new(Address, PtRole.Server),
        new(BridgeFile, PtRole.Server),
    ];

    /// <summary>The word for an end.</summary>
    internal static string WordOf(PtRole role) => role == PtRole.Client ? "connect" : "serve";
}

/// <summary>The options that a tunnel was given, each with its values in order.</summary>
/// <param name="Values">By the option's name; the list of a flag is empty.</param>
[ProgramSeam]
internal sealed record TunnelOptions(IReadOnlyDictionary<string, IReadOnlyList<string>> Values)
{
    /// <summary>Whether an option stands there.</summary>
    internal bool Has(string option) => Values.ContainsKey(option);

    /// <summary>The first value, or null.</summary>
    internal string? First(string option) => Values.TryGetValue(option, out IReadOnlyList<string>? values) && values.Count > 0 ? values[0] : null;

    /// <summary>All values.</summary>
    internal IReadOnlyList<string> All(string option) => Values.TryGetValue(option, out IReadOnlyList<string>? values) ? values : [];

    /// <summary>The names alone: values may hold addresses and arguments (G5).</summary>
    public override string ToString() => string.Join(' ', Values.Keys);
}
