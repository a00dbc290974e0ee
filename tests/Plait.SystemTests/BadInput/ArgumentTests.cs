using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.SystemTests.BadInput;

/// <summary>Arguments that are no arguments (V7, V4), or that do not fit the chain.</summary>
public class ArgumentTests
{
    public static TheoryData<string> Malformed =>
    [
        "key", "key\\", "=value", "==value", "==key=value", "key=value\\", "a=b;key=value\\", "a;b=c", ";", "key=value;",
        ";key=value", "key\\=value",
    ];

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Open_ArgumentsOfABridgeLine_AreRefused(string text)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "", []);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(await run.Host.Method("good"));

        await socket.WriteAllAsync(new byte[] { 5, 2, 0, 2 });
        Assert.Equal([5, 2], await socket.ReadExactlyAsync(2).Within("the method"));
        byte[] credentials = [1, (byte)text.Length, .. Encoding.ASCII.GetBytes(text), 1, 0];
        await socket.WriteAllAsync(credentials);

        Assert.Equal([1, 1], await socket.ReadToEndAsync().Within("the refusal and the end"));
        await run.LogAsync("good: a SOCKS client was turned away: arguments: ");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>Well-formed, but nothing that the chain could do: 02, which no client tries again by itself, and a reason.</summary>
    [Theory]
    [InlineData("x-chain-9-key=value", "the argument 'x-chain-9-key' names hop 9, but the chain's hops are 0 to 1")]
    [InlineData("x-chain-9onwards-key=value", "the argument 'x-chain-9onwards-key' names hop 9, but the chain's hops are 0 to 1")]
    [InlineData("x-chain-here-key=value", "the argument 'x-chain-here-key' is not known: write x-chain-<hop>-<key>=<value> or ")]
    [InlineData("x-chain-profile=nosuch", "the bridge line asks for a profile that the plaitrc does not have; write a line 'Profile nosuch key=value ...'")]
    public async Task Open_ArgumentsThatDoNotFit_AreReportedToTor(string argument, string reason)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "Alias two good|good", ["two"]);

        SocksRefusedException e = await Assert.ThrowsAsync<SocksRefusedException>(() => run.OpenAsync("two", argument));

        Assert.Equal(2, e.Code);
        await run.LogAsync($"two: dial: argument wrong: {reason}");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task OfABridge_ThatDoNotFit_FailTheChainAlone()
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, "Alias two good|good", ["two"], adapt: launch => launch with { Options = "two:x-chain-9-key=value" });

        await run.AssertErrorAsync(
            "two",
            "launch: argument wrong: its ServerTransportOptions: the argument 'x-chain-9-key' names hop 9, but the chain's hops are 0 to 1");
    }
}
