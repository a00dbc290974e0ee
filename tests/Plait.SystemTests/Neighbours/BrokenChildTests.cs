using System.Net.Sockets;
using System.Text.RegularExpressions;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Neighbours;

/// <summary>
/// Children that do everything that the dummy transport can be told to do, several of them in one Plait. Its good chain
/// works throughout, it keeps nothing of what they did, and it ends well with all of them.
/// </summary>
public partial class BrokenChildTests
{
    private const int Together = 7;

    // Each flag with its argument. A test compares them with --help.
    private static readonly string[] s_flags =
    [
        "--exit-at-start 3", "--exit-after-done 3", "--silent", "--garbage", "--long-line 1000000", "--other-transports",
        "--wrong-address", "--version 7", "--env-error no", "--method-error no", "--only none", "--proxy-error", "--proxy-silent", "--no-done",
        "--show-arguments", "--tell-all", "--ignore-stdin", "--ignore-sigterm", "--flood-stderr 1000000", "--flood-stdout 10000", "--log text",
        "--status TRANSPORT", "--crash-after 1", "--hang-grandchild", "--socks4", "--refuse 5", "--never-reply", "--early-grant",
        "--lazy", "--dial 127.0.0.1:9", "--leak 127.0.0.1:9", "--two-dials", "--skip-first 1", "--plain-orport", "--no-useraddr",
        "--meek", "--fixed-useraddr 203.0.113.9:5678", "--wrong-hash", "--early-bytes", "--unknown-commands", "--never-accept", "--hang-handshake 1", "--drop-handshake 1", "--speak-first hello",
    ];

    public static TheoryData<PtRole, int> Groups
    {
        get
        {
            var groups = new TheoryData<PtRole, int>();
            for (int group = 0; group * Together < s_flags.Length; group++)
            {
                groups.Add(PtRole.Client, group);
                groups.Add(PtRole.Server, group);
            }

            return groups;
        }
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public async Task Open_BesideBrokenChildren_GoodChainWorks(PtRole role, int group)
    {
        string[] flags = [.. s_flags.Skip(group * Together).Take(Together)];
        string[] names = [.. flags.Select((_, index) => $"bad{index}")];
        string plugins = string.Join('\n', flags.Select((flag, index) => $"Plugin {names[index]} exec DUMMY {flag}"));
        await using PlaitRun run = PlaitRun.Start(
            role, $"StartTimeout 8 seconds\nOpenTimeout 4 seconds\nHandshakeTimeout 4 seconds\nLingerTimeout 1 seconds\nExitGrace 500 msec\n{plugins}", names);
        await run.Host.WaitForDoneAsync();
        await run.AssertEchoesAsync("good");
        int before = await run.IdleDescriptorsAsync();

        await Task.WhenAll(names.Select(name => TryAsync(run, name))).Within("an answer from each, whatever it is");

        await run.AssertEchoesAsync("good");
        await run.WaitForDescriptorsAsync(before);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Flags_OfTheDummyTransport_AreAllTried()
    {
        await using RunningProgram dummy = RunningProgram.Start(Programs.DummyTransport, ["--help"]);
        await dummy.WaitForExitAsync();
        await dummy.StreamsEnded.Within("the help text");

        string[] known = [.. dummy.Lines.Select(line => FlagOfHelp().Match(line)).Where(match => match.Success).Select(match => match.Value.Trim())];

        Assert.Equal(known.Where(flag => flag != "--help").Order(), s_flags.Select(flag => flag.Split(' ')[0]).Order());
    }

    /// <summary>Opens a connection if the chain is offered, says something, and leaves.</summary>
    private static async Task TryAsync(PlaitRun run, string name)
    {
        try
        {
            using Socket socket = await run.OpenAsync(name, "key=value");
            await socket.WriteAllAsync("hello"u8.ToArray());
        }
        catch (Exception e) when (e is PtFailedException or SocksRefusedException or EndOfStreamException or SocketException)
        {
            // One of these is what the flag is for.
        }
    }

    [GeneratedRegex("^  --[a-z0-9-]+")]
    private static partial Regex FlagOfHelp();
}
