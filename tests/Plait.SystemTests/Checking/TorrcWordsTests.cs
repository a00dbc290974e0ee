using Plait.Configuration;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Program;

namespace Plait.SystemTests.Checking;

/// <summary>The options that Plait takes for tor's, against tor itself.</summary>
public sealed class TorrcWordsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task Options_OfTor_AreAllKnown()
    {
        await using RunningProgram tor = RunningProgram.Start(Programs.Require("tor"), ["--list-torrc-options"]);
        Assert.Equal(0, await tor.WaitForExitAsync());
        await tor.StreamsEnded.Within("the end of tor's streams");

        Assert.NotEmpty(tor.Lines.Snapshot());
        Assert.DoesNotContain(tor.Lines.Snapshot(), option => !TorrcWords.Contains(option));
    }

    [Theory]
    [InlineData("UseBridge")]
    [InlineData("useb")]
    [InlineData("Bridg")]
    [InlineData("ORP")]
    [InlineData("HSLayer")]
    [InlineData("ServerTransport")]
    [InlineData("DisableV2")]
    [InlineData("SocksPrt")]
    [InlineData("Bridges")]
    [InlineData("Frobnicate")]
    [InlineData("Alias")]
    public async Task OfAbbreviation_AnyWord_IsWhatTorTakesItFor(string word)
    {
        string torrc = _folder.Write("torrc", $"DataDirectory {_folder.Path}\n{word} 0\n");
        await using RunningProgram tor = RunningProgram.Start(Programs.Require("tor"), ["-f", torrc, "--verify-config"]);
        await tor.WaitForExitAsync();
        await tor.StreamsEnded.Within("the end of tor's streams");
        string said = string.Join('\n', tor.Lines.Snapshot());

        string expected = TorrcWords.OfAbbreviation(word) is { } whole
            ? $"The abbreviation '{word}' is deprecated. Please use '{whole}' instead" : $"Unknown option '{word}'";
        Assert.Contains(expected, said, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
