using System.Net.Sockets;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Secrecy;

/// <summary>
/// A child that blurts out all it was given. What Plait then says is without it; that it would be found is seen with
/// unsafe logging (G5).
/// </summary>
public class TellAllTests
{
    private const string Telling = "I was told";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_ArgumentsTargetsAndPasswords_AreTakenOut(bool isSafe)
    {
        string unsafely = isSafe ? "" : "SafeLogging 0\n";
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, $"{unsafely}Plugin bad exec DUMMY --tell-all", ["bad"]);

        using Socket socket = await run.OpenAsync("bad", "key=Zyx9", "mode=71984", "front=hidden.example", "odd=a;b\\c");
        await PtPair.AssertEchoAsync(socket);

        // The proxy, its user and its password; the target, the arguments together, and each of the four.
        IReadOnlyList<string> lines = await ToldAsync(run, 9);
        AssertTold(isSafe, lines, "Zyx9", "hidden.example", "a;b", "71984");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_OptionsCookiesAndPorts_AreTakenOut(bool isSafe)
    {
        string unsafely = isSafe ? "" : "SafeLogging 0\n";
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"{unsafely}Plugin bad exec DUMMY --tell-all\nServerTransportOptions bad key=Zyx9 mode=71984", ["bad"]);

        await run.Host.WaitForDoneAsync();

        IReadOnlyList<string> lines = await ToldAsync(run, 8);
        AssertTold(isSafe, lines, "Zyx9", "71984", "127.0.0.1");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Client_CredentialsOfTheUpstreamProxy_AreTakenOut()
    {
        await using RecordingProxy proxy = RecordingProxy.Start("Zyx9", "p@ss w");
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client, "Plugin bad exec DUMMY --tell-all\nClientTransportJoint bad shim", ["bad"],
            adapt: launch => launch with { Proxy = $"socks5://Zyx9:p@ss w@{proxy.EndPoint}" });

        await run.AssertEchoesAsync("bad");

        AssertTold(isSafe: true, await ToldAsync(run, 4), "Zyx9", "p@ss", "p%40ss");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Start_FailsWithLastWords_SecretsAreTakenOut()
    {
        var folder = new TestFolder();
        string program = folder.WriteScript("pt", "echo \"$TOR_PT_SERVER_TRANSPORT_OPTIONS\" >&2; echo no Zyx9 in mode 7 >&2; exit 3");
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"Plugin bad exec {program}\nServerTransportOptions bad key=Zyx9 mode=7", ["bad"], folder);

        string why = await run.ErrorOfAsync("bad");

        Assert.Contains("exit code 3; it said: bad:key=[scrubbed];bad:mode=[scrubbed] / no [scrubbed] in mode 7", why, StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    private static Task<IReadOnlyList<string>> ToldAsync(PlaitRun run, int count) => Deadline.PollAsync<IReadOnlyList<string>>(
        () => run.Host.Lines.Where(line => line.Contains(Telling, StringComparison.Ordinal)).ToArray() is var told && told.Length >= count ? told : null,
        $"{count} things told", details: run.Host.Lines.Tail);

    private static void AssertTold(bool isSafe, IReadOnlyList<string> lines, params string[] secrets) => Assert.All(
        secrets, secret => Assert.Equal(isSafe, !lines.Any(line => line.Contains(secret, StringComparison.Ordinal))));
}
