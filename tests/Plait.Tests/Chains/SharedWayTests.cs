using System.Net;
using Plait.Chains;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Tests.Support;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>Connections of an indirect hop: which may share a process, and which grants came too early.</summary>
public sealed class SharedWayTests : IAsyncDisposable
{
    private const string Url = "url=http://a.example/";
    private const string OtherUrl = "url=http://b.example/";

    private static readonly IPEndPoint s_bridge = new(IPAddress.Parse("192.0.2.1"), 1);
    private static readonly IPEndPoint s_other = new(IPAddress.Parse("192.0.2.2"), 1);

    private readonly FakeTime _time = new();
    private readonly Limits _limits = new();
    private readonly DialHabit _habit = new();
    private readonly List<ChainConnection> _connections = [];
    private readonly IndirectJoint _joint;
    private readonly HostServices _services;
    private readonly ClientChain _chain;

    public SharedWayTests()
    {
        var log = new LogRecorder();
        _joint = new($"pt", _habit, new(10, _time, log), _limits, _time, log, Shared.Pollers);
        _services = new(_limits, log, _time, new(true));
        _chain = TwoHops.Chain(_services);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ChainConnection connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await _joint.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public void DialRefused_FitsNoneOfSeveralWays_IsTheReasonOfWhatFailsThen()
    {
        ChainConnection connection = Issue(s_bridge, Url)!.Hop.Connection;
        var way = new SharedWay(new(s_bridge, []), _time);
        using IndirectTicket ticket = way.Issue(s_bridge, new(new(_chain, connection, s_bridge, [PtArguments.Empty, PtArguments.Empty]), 0), []);
        way.DialRefused($"it cannot be told for which");
        ChainFailure failure = connection.Failed(0, ChainStage.Grant, FailureCause.Refused, $"the server refused: general failure").Failure;
        Assert.Equal((ChainStage.Joint, FailureCause.Refused, "it cannot be told for which"), (failure.Stage, failure.Cause, failure.Detail.ToString()));
        Assert.StartsWith("nothing, if it is once", connection.Advised(failure).Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Url, OtherUrl, true)] // named apart
    [InlineData(Url, Url, false)]
    [InlineData(Url, "", false)]
    [InlineData("", "", false)]
    public void TryIssue_AnotherWay_SharesTheProcessOnlyIfItsDialsAreNamedApart(string one, string another, bool shares)
    {
        Assert.NotNull(Issue(s_bridge, one));
        Assert.Equal(shares, Issue(s_other, another) is not null);
    }

    [Theory]
    [InlineData(Url)]
    [InlineData("")]
    public void TryIssue_TheSameWay_SharesTheProcess(string arguments)
    {
        Assert.NotNull(Issue(s_bridge, arguments));
        Assert.NotNull(Issue(s_bridge, arguments));
        Assert.Equal(2, _joint.Tickets);
    }

    [Fact]
    public void TryIssue_ArgumentsBehindDiffer_IsAnotherWay()
    {
        Assert.NotNull(Issue(s_bridge, Url, "cert=1"));
        Assert.Null(Issue(s_bridge, Url, "cert=2"));
    }

    [Fact]
    public void TryIssue_ProgramDialsWhatNothingNames_SharesNothing()
    {
        _habit.DialsUnnamed = true;
        Assert.NotNull(Issue(s_bridge, Url));
        Assert.Null(Issue(s_other, OtherUrl));
    }

    [Fact]
    public void TryIssue_TheOtherWayHasEnded_WaitsForDialsThatMayStillCome()
    {
        Issue(s_bridge, Url)!.Dispose();
        Assert.Null(Issue(s_other, Url));
        _time.Advance(_limits.HandshakeTimeout * 2);
        Assert.NotNull(Issue(s_other, Url));
    }

    [Fact]
    public void Granted_OneAnsweredDialForEachGrant_IsProvenWhicheverItWasFor()
    {
        (SharedWay way, IndirectTicket one, IndirectTicket another) = Two();
        way.Answered(Dial(way));
        way.Answered(Dial(way));
        another.Granted(); // the second dial was its own, and counted for the first
        one.Granted();
        Assert.True(one.WasReadyAtGrant);
        Assert.True(another.WasReadyAtGrant);
    }

    [Fact]
    public void Granted_MoreGrantsThanAnsweredDials_IsEarly()
    {
        (SharedWay way, IndirectTicket one, IndirectTicket another) = Two();
        way.Answered(Dial(way));
        one.Granted();
        another.Granted();
        Assert.True(one.WasReadyAtGrant);
        Assert.False(another.WasReadyAtGrant);

        way.Answered(Dial(way));
        Assert.True(another.Ready.IsCompletedSuccessfully);
    }

    [Fact]
    public void Failed_UntilADialIsAnswered_IsTheReasonOfARefusal()
    {
        (SharedWay way, IndirectTicket one, _) = Two();
        ChainConnection dial = Dial(way);
        way.Failed(dial, dial.Failed(1, ChainStage.OutsideConnection, FailureCause.Refused, $"no listener").Failure);
        Assert.Null(one.Hop.Connection.Failure); // the transport may dial again

        ChainFailure refused = one.Hop.Connection.Failed(0, ChainStage.Grant, FailureCause.Refused, $"general failure").Failure;
        Assert.Equal((1, ChainStage.OutsideConnection), (refused.Hop, refused.Stage));
    }

    [Fact]
    public void Failed_GrantedTooEarly_FailsWithTheLastDialInProgress()
    {
        (SharedWay way, IndirectTicket one, _) = Two();
        one.Granted();
        Assert.False(one.Entered.IsCompleted);
        ChainConnection dial = Dial(way);
        ChainConnection retry = Dial(way);
        Assert.True(one.Entered.IsCompletedSuccessfully);
        way.Failed(dial, dial.Failed(1, ChainStage.OutsideConnection, FailureCause.Refused, $"no listener").Failure);
        Assert.False(one.Ready.IsCompleted);
        way.Failed(retry, retry.Failed(1, ChainStage.OutsideConnection, FailureCause.TimedOut, $"no answer").Failure);
        Assert.Equal(FailureCause.TimedOut, Assert.IsType<ChainException>(one.Ready.Exception!.InnerException).Failure.Cause);
    }

    [Fact]
    public void Failed_AndThenAnswered_IsForgotten()
    {
        (SharedWay way, IndirectTicket one, _) = Two();
        ChainConnection dial = Dial(way);
        way.Failed(dial, dial.Failed(1, ChainStage.OutsideConnection, FailureCause.Refused, $"no listener").Failure);
        way.Answered(Dial(way));
        Assert.Equal(0, one.Hop.Connection.Failed(0, ChainStage.Grant, FailureCause.Refused, $"general failure").Failure.Hop);
    }

    [Fact]
    public void Withdraw_TheLastConnection_EndsTheDials()
    {
        (SharedWay way, IndirectTicket one, IndirectTicket another) = Two();
        ChainConnection dial = Dial(way);
        one.Dispose();
        Assert.False(dial.Ending.IsCancellationRequested);
        another.Dispose();
        Assert.True(dial.Ending.IsCancellationRequested);
        Assert.False(another.Hop.Connection.Ending.IsCancellationRequested);
    }

    [Fact]
    public void Branch_EndsAlone_AndCountsIntoTheConnection()
    {
        (SharedWay way, IndirectTicket one, _) = Two();
        ChainConnection dial = Dial(way);
        new OutwardRelay(dial, 1).MovedForward(7);
        dial.End();
        Assert.False(one.Hop.Connection.Ending.IsCancellationRequested);
        Assert.Equal(7, one.Hop.Connection.Hops[1].Outward);
    }

    private (SharedWay Way, IndirectTicket One, IndirectTicket Another) Two()
    {
        HopOpening hop = Opening(s_bridge, Url, "");
        var way = new SharedWay(hop.WayOn, _time);
        HashSet<string> names = DialNames.Of(hop.Arguments);
        return (way, way.Issue(s_bridge, hop, names), way.Issue(s_other, Opening(s_bridge, Url, ""), names));
    }

    private ChainConnection Dial(SharedWay way)
    {
        ChainConnection dial = (way.Begin("a.example:80") ?? throw new InvalidOperationException("no connection is left")).Dial;
        _connections.Add(dial);
        return dial;
    }

    private IndirectTicket? Issue(IPEndPoint target, string arguments, string behind = "") =>
        _joint.TryIssue(Opening(target, arguments, behind));

    private HopOpening Opening(IPEndPoint target, string arguments, string behind)
    {
        ChainConnection connection = _chain.NewConnection(CancellationToken.None);
        _connections.Add(connection);
        return new(new(_chain, connection, target, [Read(arguments), Read(behind)]), 0);
    }

    private static PtArguments Read(string text) =>
        PtArguments.TryParseClient(text, out PtArguments? read, out string? error) ? read : throw new FormatException(error);
}
