using System.Net;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Hops.Managed;
using Plait.Hosting;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Hops;

public class ServerProcessPlannerTests
{
    private const string Plugins = """
        ServerTransportPlugin obfs3,obfs4 exec /usr/bin/obfs4proxy
        ServerTransportPlugin websocket exec /usr/bin/ws
        Alias a obfs3|obfs4
        Alias b obfs4|obfs3|websocket
        Alias c obfs4|websocket
        """;

    private const string InFront = "\nServerTransportWire * plait";

    [Fact]
    public void Add_WireTransportsListenThemselves_OneProcessForEachPublicPortAndInnerPositionsShared()
    {
        IReadOnlyList<ServerProcessPlan> plans = Plan(Plugins, ["a", "b", "c"]);
        Assert.Equal(
            ["a 0 b 0 b 1 c 0 at nothing", "a 1 at 127.0.0.1:1001", "b 2 at 127.0.0.1:1002", "c 1 at 127.0.0.1:1003"],
            plans.Select(plan => $"{string.Join(' ', plan.Positions.Select(at => $"{at.Chain} {at.Hop}"))} at {plan.PublicAddress?.ToString() ?? "nothing"}"));
        Assert.Equal(["obfs4proxy", "obfs4proxy", "ws", "ws"], plans.Select(plan => Path.GetFileName(plan.Line.Program)).Order());
    }

    [Fact]
    public void Add_AFixedPortAndTwoProcesses_IsAProblem()
    {
        PlaitConfiguration configuration = ParsesCleanly(Plugins + "\nIndirectTransport obfs3\nServerTransportListenAddr obfs3 127.0.0.1:8443");
        var planner = new ServerProcessPlanner(configuration, new Dictionary<string, PtArguments>(), new HashSet<string>(), new(configuration.Server, _ => new(IPAddress.Any, 0)));
        Assert.Null(planner.Add(Chain(configuration, "a")));
        string? problem = planner.Add(Chain(configuration, "b"));
        Assert.Contains("port 8443 is already that of the chain a", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_PlaitListens_OneProcessForEachPluginLine()
    {
        IReadOnlyList<ServerProcessPlan> plans = Plan(Plugins + InFront, ["a", "b", "c"]);
        Assert.All(plans, plan => Assert.Null(plan.PublicAddress));
        Assert.Equal(["/usr/bin/obfs4proxy", "/usr/bin/ws"], plans.Select(plan => plan.Line.Program));
        Assert.Equal(["obfs3", "obfs4"], plans[0].Transports);
        Assert.Equal(
            ["a 0 obfs3", "a 1 obfs4", "b 0 obfs4", "b 1 obfs3", "c 0 obfs4"],
            plans[0].Positions.Select(position => $"{position.Chain} {position.Hop} {position.Transport}"));
        Assert.Equal(["b 2", "c 1"], plans[1].Positions.Select(position => $"{position.Chain} {position.Hop}"));
    }

    [Fact]
    public void Add_OptionsOfOneTransportDiffer_SecondProcessOnlyThere()
    {
        IReadOnlyList<ServerProcessPlan> plans = Plan(
            Plugins + InFront + "\nServerTransportOptions b x-chain-0-iat-mode=1", ["a", "b", "c"]);
        Assert.Equal(["/usr/bin/obfs4proxy", "/usr/bin/obfs4proxy", "/usr/bin/ws"], plans.Select(plan => plan.Line.Program));
        Assert.Equal(["a 0", "a 1", "b 1", "c 0"], plans[0].Positions.Select(position => $"{position.Chain} {position.Hop}"));
        Assert.Equal(["b 0"], plans[1].Positions.Select(position => $"{position.Chain} {position.Hop}"));
        Assert.Equal(new([new("iat-mode", "1")]), plans[1].Options["obfs4"]);
        Assert.Equal(PtArguments.Empty, plans[0].Options["obfs4"]);
    }

    [Fact]
    public void Add_EqualOptions_ShareAProcess() =>
        Assert.Equal(2, Plan(Plugins + InFront + "\nServerTransportOptions obfs4 iat-mode=1", ["a", "b", "c"]).Count);

    [Theory]
    [InlineData("\nServerTransportJoint obfs4 orport", new string[0])]
    [InlineData("", new[] { "obfs4" })] // learned
    public void Add_PlainOrPort_AProcessForEachPosition(string more, string[] learned)
    {
        IReadOnlyList<ServerProcessPlan> plans = Plan(Plugins + InFront + more, ["a", "b", "c"], learned);
        Assert.Equal(
            ["a 0 b 1", "a 1", "b 0", "b 2 c 1", "c 0"],
            plans.Select(plan => string.Join(' ', plan.Positions.Select(at => $"{at.Chain} {at.Hop}"))).Order());
        Assert.All(plans, plan => Assert.Equal(
            plan.Transports is ["obfs4"] ? ServerJointChoice.OrPort : ServerJointChoice.Automatic, plan.Choice));
    }

    [Fact]
    public void Add_LearnedButExtOrPortAskedFor_AsAsked() => Assert.Equal(
        [ServerJointChoice.Automatic, ServerJointChoice.ExtOrPort],
        Plan(Plugins + InFront + "\nServerTransportJoint obfs4 extorport", ["a"], ["obfs4"]).Select(plan => plan.Choice));

    [Fact]
    public void Add_Options_CloserOnesReplaceTheirKey() // tor's, then the alias's, then the transport's
    {
        const string Text = Plugins + InFront + """

            ServerTransportOptions obfs4 k=transport l=transport m=transport m=twice
            ServerTransportOptions a k=alias l=alias n=alias
            """;
        var fromTor = new Dictionary<string, PtArguments> { ["a"] = new([new("k", "tor"), new("k", "tor again")]) };
        ServerProcessPlan plan = Assert.Single(Plan(Text, ["a"], fromTor: fromTor));
        Assert.Equal(
            ["m=transport", "m=twice", "l=alias", "n=alias", "k=tor", "k=tor again"],
            plan.Options["obfs4"].Select(option => $"{option.Key}={option.Value}"));
        Assert.Equal(
            ["l=alias", "n=alias", "k=tor", "k=tor again"],
            plan.Options["obfs3"].Select(option => $"{option.Key}={option.Value}"));
    }

    [Fact]
    public void Add_OptionOfAHopThatIsNotThere_IsAProblemAndPlansNothing()
    {
        PlaitConfiguration configuration = ParsesCleanly(Plugins);
        var fromTor = new Dictionary<string, PtArguments> { ["a"] = new([new("x-chain-7-k", "v")]) };
        var planner = new ServerProcessPlanner(configuration, fromTor, new HashSet<string>(), new(configuration.Server, _ => new(IPAddress.Any, 0)));
        string? problem = planner.Add(Chain(configuration, "a"));
        Assert.StartsWith("its ServerTransportOptions: ", problem, StringComparison.Ordinal);
        Assert.Empty(planner.Plans);
    }

    private static IReadOnlyList<ServerProcessPlan> Plan(
        string text, string[] names, string[]? learned = null, Dictionary<string, PtArguments>? fromTor = null)
    {
        PlaitConfiguration configuration = ParsesCleanly(text);
        int port = 1000;
        var planner = new ServerProcessPlanner(
            configuration, fromTor ?? [], new HashSet<string>(learned ?? []), new(configuration.Server, _ => new(IPAddress.Loopback, ++port)));
        Assert.All(names, name => Assert.Null(planner.Add(Chain(configuration, name))));
        return planner.Plans;
    }

    private static ChainDefinition Chain(PlaitConfiguration configuration, string name) =>
        Assert.IsType<ChainResolution.Found>(ChainResolver.Resolve(configuration, PtRole.Server, name)).Chain;
}
