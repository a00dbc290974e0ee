using System.Text;
using System.Text.Json;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Messages;
using Xunit;

namespace Plait.Tests.Diagnostics.Secrecy;

/// <summary>Texts of the system that are not UTF-8 hold lone surrogates (SystemText). No output breaks of them.</summary>
public class LoneSurrogateTests
{
    private const string Text = "caf\uDCE9 \uD83D";

    private static readonly ChainFailure s_failure = new(
        "a", null, null, ChainStage.Launch, FailureCause.ProgramMissing, SafeText.Own(Text));

    [Fact]
    public void Line_OfTheEventLog_IsJson() => Assert.Contains(
        "caf\uFFFD \uFFFD", MessageOf(s_failure), StringComparison.Ordinal);

    /// <summary>A long text is cut, and the cut may fall into a pair.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void EventLogLine_CutInAPair_IsJson(int shift)
    {
        string text = new string('x', shift) + string.Concat(Enumerable.Repeat("\U0001F480", 2000));
        Assert.NotEmpty(MessageOf(s_failure with { Detail = SafeText.Own(text) }));
    }

    [Fact]
    public void Format_OfLinesForTor_IsAscii() // M47
    {
        foreach (PtMessage message in new PtMessage[]
        {
            new LogMessage(LogSeverity.Warning, Text), new EnvErrorMessage(Text), new ServerMethodErrorMessage("a", Text),
            new StatusMessage("a", [new("MESSAGE", Text)]),
        })
        {
            Assert.All(message.Format(), letter => Assert.InRange(letter, ' ', '~'));
        }
    }

    [Fact]
    public void Scrub_KnownValue_IsTakenOut()
    {
        var scrubber = new Scrubber();
        scrubber.Learn(new PtArguments([new("password", Text)]));
        Assert.Equal("it said [scrubbed] to me", scrubber.Scrub($"it said {Text} to me").ToString());
    }

    private static string MessageOf(ChainFailure failure)
    {
        byte[] line = EventJson.Line(DateTimeOffset.UnixEpoch, PtRole.Client, new PlaitEvent.ChainFailed(failure));
        Assert.True(System.Text.Unicode.Utf8.IsValid(line), Encoding.Latin1.GetString(line));
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("message").GetString()!;
    }
}
