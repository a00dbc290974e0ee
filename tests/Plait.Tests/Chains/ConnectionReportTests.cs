using Plait.Chains;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>Each thing is reported once, and nothing after the end.</summary>
public class ConnectionReportTests
{
    private readonly ConnectionReport _report = new();

    [Fact]
    public void End_NothingWasReported_IsTheOnlyReport()
    {
        Assert.Equal(ConnectionState.New, _report.End());
        Assert.False(_report.TryOpen());
        Assert.False(_report.TryBreak());
        Assert.Equal(ConnectionState.Over, _report.End());
    }

    [Fact]
    public void End_TheConnectionStood_FollowsThat()
    {
        Assert.True(_report.TryOpen());
        Assert.True(_report.IsOpened);
        Assert.False(_report.TryOpen());
        Assert.Equal(ConnectionState.Opened, _report.End());
    }

    [Fact]
    public void TryBreak_OnlyWhatStood_AndItsEndIsReportedNoMore()
    {
        Assert.False(_report.TryBreak());
        Assert.True(_report.TryOpen());
        Assert.True(_report.TryBreak());
        Assert.Equal(ConnectionState.Over, _report.End());
    }
}
