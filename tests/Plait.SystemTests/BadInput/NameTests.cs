using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>Names that mean no chain. tor is told what to write instead, and the other chains run.</summary>
public class NameTests
{
    [Theory]
    [EachRole]
    public async Task Start_UnknownName_SimilarOnesAreOffered(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "", ["nosuch", "goood", "good_nosuch"]);

        string has = $"is neither a transport nor a chain of transports that a {run.RoleWord} has";
        Assert.Equal(
            $"launch: argument wrong: \"nosuch\" {has}; known are \"dummy\", \"b64\", \"obfs3\", \"obfs4\", \"good\"", await run.ErrorOfAsync("nosuch"));
        Assert.Equal($"""launch: argument wrong: "goood" {has}; write "good" if that is meant""", await run.ErrorOfAsync("goood"));
        Assert.StartsWith(
            $"""launch: argument wrong: "good_nosuch" {has}""", await run.ErrorOfAsync("good_nosuch"), StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [EachRole]
    public async Task Start_NameOfTheOtherRole_IsAnError(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "OtherRolesPlugin there exec DUMMY", ["there"]);

        Assert.Contains("there", await run.ErrorOfAsync("there"), StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [EachRole]
    public async Task Start_NameOfSeveralMeanings_MeaningsAreShown(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "Plugin a,a_b,b,b_c,c exec DUMMY", ["a_b_c"]);

        await run.AssertErrorAsync(
            "a_b_c",
            """launch: argument wrong: "a_b_c" can be read in several ways: "a|b|c", "a|b_c", "a_b|c"; """
            + "write an Alias line for the one you mean, or ask for \"a__b__c\"");
    }

    [Theory]
    [EachRole]
    public async Task Start_ChainLongerThanAllowed_IsAnError(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "MaxChainLength 2", ["good_good_good"]);

        await run.AssertErrorAsync(
            "good_good_good",
            """launch: argument wrong: "good_good_good" has 3 hops, and at most 2 are allowed; """
            + "make it shorter, or write a higher MaxChainLength");
    }

    /// <summary>tor never asks for such names; another parent may. What is not plain ASCII is not repeated.</summary>
    [Theory]
    [EachRole]
    public async Task Start_TextThatCannotBeAName_IsAnError(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "", ["*", "a|b", "1a", "über", " "]);

        Assert.Contains("\"*\" is neither a transport nor a chain", await run.ErrorOfAsync("*"), StringComparison.Ordinal);
        Assert.Contains("\"a|b\" is neither a transport nor a chain", await run.ErrorOfAsync("a|b"), StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Start_IndirectTransportInTheMiddleFromOutside_IsAnError()
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client, "Plugin far socks5 127.0.0.1:9\nIndirectTransport far", ["far_good"]);

        await run.AssertErrorAsync(
            "far_good",
            "launch: argument wrong: far ignores the target it is given, so it has to use Plait as its proxy to stay in the chain far|good, "
            + "but it is a program that Plait does not start, which takes no proxy; make it the last hop, or let Plait start it with ClientTransportJoint proxy");
    }

    [Fact]
    public async Task Start_IndirectTransportInTheMiddleTakesNoProxy_IsAnError()
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client, "Plugin far exec DUMMY --proxy-error\nIndirectTransport far", ["far_good", "good_far"]);

        Assert.Equal(
            "hop 0 (far), passing on: not permitted: far ignores the target it is given and dummy-transport takes no proxy, "
            + "so it would go around the hops behind it; put it last in the chain",
            await run.ErrorOfAsync("far_good"));
        await run.AssertEchoesAsync("good_far");
        await run.AssertGoodChainAndCleanEndAsync();
    }
}
