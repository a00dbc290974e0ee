using Plait.Fuzz.Configuration;
using Plait.Fuzz.Diagnostics;
using Plait.Fuzz.Engine;
using Plait.Fuzz.Listeners;
using Plait.Fuzz.Processes;
using Plait.Fuzz.Transports;
using Plait.Fuzz.Wire;

namespace Plait.Fuzz;

/// <summary>Every target there is.</summary>
internal static class Targets
{
    internal static IReadOnlyList<Func<FuzzTarget>> All { get; } =
    [
        () => new EnvironmentTarget(),
        () => new PtMessageTarget(),
        () => new KeyValueLineTarget(),
        () => new LineAssemblerTarget(),
        () => new EscapesTarget(),
        () => new ArgumentsTarget(),
        () => new ChainArgumentsTarget(),
        () => new ServerOptionsTarget(),
        () => new AddressTextTarget(),
        () => new BridgeLineTarget(),
        () => new BridgeLineMendTarget(),
        () => new TorrcTarget(),
        () => new UpstreamProxyTarget(),
        () => new SocksServerTarget(password: false),
        () => new SocksServerTarget(password: true),
        () => new SocksClientTarget(),
        () => new SocksRoundTripTarget(),
        () => new HttpConnectTarget(),
        () => new HttpRequestTarget(),
        () => new ExtOrPortServerTarget(),
        () => new ExtOrPortClientTarget(),
        () => new CookieFileTarget(),
        () => new UserAddressTarget(),
        () => new Sip003OptionsTarget(),
        () => new PluginOptionsTarget(),
        () => new ProxyHeaderTarget(),
        () => new PlaitrcTarget(),
        () => new ChainNameTarget(),
        () => new ChildConversationTarget(),
        () => new ChildWordsTarget(),
        () => new ScrubberTarget(),
        () => new Base64Target(),
        () => new Obfs3StreamTarget(),
        () => new Obfs3ServerTarget(),
        () => new Obfs4RequestTarget(),
        () => new Obfs4ResponseTarget(),
        () => new Obfs4FrameTarget(),
        () => new Obfs4ServerTarget(),
        () => new ClientSocksTarget(),
        () => new ProxyJointTarget(),
        () => new ShimJointTarget(),
        () => new UpstreamProxyDialTarget(),
        () => new PayloadTarget(),
        () => new ExtOrPortJointTarget(),
        () => new OrPortJointTarget(),
        () => new TorDialTarget(),
    ];

    /// <summary>The target of that name, or <c>all</c>; none where there is none.</summary>
    internal static List<FuzzTarget> Create(string name) =>
        [.. All.Select(create => create()).Where(target => name == "all" || target.Name == name)];
}
