using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Program;

/// <summary>What <c>plait demo</c> prints where colours cannot be seen.</summary>
public class DemoOutputTests
{
    [Fact]
    public async Task Demo_IntoAPipe_NoEscapesAndTheChainAtTheEnd()
    {
        ProgramResult result = await PublishedProgram.RunAsync(
            ["demo", "--chain", "b64"], new Dictionary<string, string?> { ["TERM"] = "xterm-256color" });

        Assert.Empty(result.Errors);
        Assert.StartsWith("b64: 16 MiB out, 16 MiB in, every byte as sent;", result.Output[^1]);
        Assert.DoesNotContain(result.Output, line => line.Contains('\x1b'));
        Assert.Equal(0, result.Code);
    }

    [Fact]
    public async Task Demo_OwnPlaitrcAndSize_AreUsed()
    {
        using var folder = new TestFolder();
        string plaitrc = folder.Write("plaitrc", $"ClientTransportPlugin plain exec {Programs.DummyTransport}\nServerTransportPlugin plain exec {Programs.DummyTransport}\nAlias mine plain|b64\n");

        ProgramResult first = await PublishedProgram.RunAsync(["demo", "-f", plaitrc, "--size", "1"]);
        ProgramResult named = await PublishedProgram.RunAsync(["demo", "-f", plaitrc, "--size", "1", "--chain", "b64|plain"]);
        ProgramResult timed = await PublishedProgram.RunAsync(["demo", "-f", plaitrc, "--seconds", "1"]);

        Assert.StartsWith("plain|b64: 1 MiB out, 1 MiB in, every byte as sent;", first.Output[^1]);
        Assert.StartsWith("b64|plain: 1 MiB out, 1 MiB in, every byte as sent;", named.Output[^1]);
        Assert.Matches("^plain\\|b64: .* MiB out, .* MiB in, every byte as sent;", timed.Output[^1]);
        Assert.Contains(first.Output, line => line.Contains("dummy-transport (pid ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("plait: plaitrc:1: The word \"Nonsense\" is not known. Remove the line, or put # before it.; 'plait check -f PLAITRC' tells all", "Nonsense 1\n")]
    [InlineData("plait: PLAITRC declares no chain for both a client and a bridge; name one with --chain, and declare its transports for both", "ClientTransportPlugin plain exec /bin/true\n")]
    public async Task Demo_OwnPlaitrcCannotBeUsed_IsReported(string expected, string text)
    {
        using var folder = new TestFolder();
        string plaitrc = folder.Write("plaitrc", text);

        ProgramResult result = await PublishedProgram.RunAsync(["demo", "-f", plaitrc]);

        Assert.Equal([expected.Replace("PLAITRC", plaitrc, StringComparison.Ordinal)], result.Errors);
        Assert.Equal(1, result.Code);
    }

    [Theory]
    [InlineData("--size", "0", "--size takes a number of MiB from 1 to 65536, and not '0'")]
    [InlineData("--size", "1G", "--size takes a number of MiB from 1 to 65536, and not '1G'")]
    [InlineData("--seconds", "-1", "--seconds takes a number of seconds from 1 to 3600, and not '-1'")]
    public async Task Demo_AmountIsNone_IsReported(string option, string value, string expected)
    {
        ProgramResult result = await PublishedProgram.RunAsync(["demo", "--chain", "b64", option, value]);

        Assert.Equal([$"plait: {expected}; 'plait demo --help' tells more"], result.Errors);
        Assert.Equal(1, result.Code);
    }

    [Theory]
    [InlineData("demo", "--chain", "b64", "--size", "1")]
    [InlineData("--help")]
    [InlineData("--version")]
    public async Task Run_OutputHasNoRoom_IsOneSentence(params string[] words)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        ProgramResult result = await PublishedProgram.RunIntoAsync("/dev/full", words);

        Assert.Equal(["plait: the output cannot be written: no space is left where it goes; make room there"], result.Errors);
        Assert.Equal(74, result.Code);
    }
}
