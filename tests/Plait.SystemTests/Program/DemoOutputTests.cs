namespace Plait.SystemTests.Program;

/// <summary>What <c>plait demo</c> prints where nobody can see colours.</summary>
public class DemoOutputTests
{
    [Fact]
    public async Task IntoAPipe_NoEscapes_AndTheChainAtTheEnd()
    {
        ProgramResult result = await PublishedProgram.RunAsync(
            ["demo", "--chain", "b64"], new Dictionary<string, string?> { ["TERM"] = "xterm-256color" });

        Assert.Empty(result.Errors);
        Assert.StartsWith("b64: 16 MiB each way, every byte as sent;", result.Output[^1]);
        Assert.DoesNotContain(result.Output, line => line.Contains('\x1b'));
        Assert.Equal(0, result.Code);
    }
}
