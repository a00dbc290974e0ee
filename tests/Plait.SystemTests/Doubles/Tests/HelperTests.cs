namespace Plait.SystemTests.Doubles.Tests;

/// <summary>The helpers fail when they should, and say what was missing.</summary>
public class HelperTests
{
    [Fact]
    public async Task Recorded_NotEnough_FailsWithWhatWasSeen()
    {
        var recorded = new Recorded<string>("greetings");
        recorded.Add("hello");

        var failed = await Assert.ThrowsAsync<TimeoutException>(() => recorded.WaitForCountAsync(2, TimeSpan.FromMilliseconds(1)));

        Assert.Contains("2 greetings", failed.Message, StringComparison.Ordinal);
        Assert.Contains("hello", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recorded_AddedWhileWaiting_EndsTheWait()
    {
        var recorded = new Recorded<int>("numbers");
        Task<int> waiting = recorded.WaitForAsync(n => n == 2, "the number two");

        recorded.Add(1);
        Assert.False(waiting.IsCompleted);
        recorded.Add(2);

        Assert.Equal(2, await waiting);
    }

    [Fact]
    public async Task WaitUntilGone_StillAlive_FailsWithTheProcess()
    {
        await using var sleep = RunningProgram.Start(Programs.Require("sleep"), ["300"]);

        var failed = await Assert.ThrowsAsync<TimeoutException>(
            () => ProcessTree.WaitUntilGoneAsync([sleep.Id], TimeSpan.FromMilliseconds(1)));

        Assert.Contains($"{sleep.Id}", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_Missing_SkipsWithAdviceButFailsUnderCI()
    {
        string message = "";
        try
        {
            Programs.Require("no-such-program"); // Record.Exception would let the skip through
        }
        catch (Exception e)
        {
            message = e.Message;
        }

        Assert.Contains("apt-get install no-such-program", message, StringComparison.Ordinal);
        bool skipped = message.StartsWith("$XunitDynamicSkip$", StringComparison.Ordinal);
        Assert.Equal(Environment.GetEnvironmentVariable("CI") != "true", skipped);
    }

    [Theory]
    [InlineData("a=b;c d=e", @"a=b\;c;d=e")]
    [InlineData(@"cert=abc== k2=v\2", @"cert=abc==;k2=v\\2")]
    public void Encode_Arguments_AsTor(string arguments, string expected) =>
        Assert.Equal(expected, SocksClient.Encode(arguments.Split(' ')));
}
