using System.Net.Sockets;
using System.Security.Cryptography;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Hops;

/// <summary>
/// Every kind of hop before and behind every other, on both sides at once: a mebibyte there and back, with an end of one direction where both kinds
/// pass that on. The table in docs/hops.md is what is seen here.
/// </summary>
public sealed class KindMatrixTests(ITestOutputHelper output)
{
    private const int Mebibyte = 1 << 20;
    private const string Heading = "## Which kinds go together";

    private static readonly string[][] s_threeHops =
    [
        ["pt", "tunnel", "obfs4"],
        ["obfs3", "tunnel", "obfs4"],
        ["obfs3", "plugin", "obfs4"],
        ["bare", "b64", "tunnel"],
        ["tunnel", "tunnel", "tunnel"],
        ["plugin", "pt", "bare"],
        ["xor", "tunnel", "mask"],
        ["pt", "runs", "rot"],
        ["obfs3", "rot", "obfs4"],
    ];

    [Fact]
    public async Task Open_EveryOrderedPair_CarriesAMebibyteBothWays()
    {
        await using RunningSocks socks = RunningSocks.Start();
        (HopKind Inner, HopKind Wire)[] pairs = [.. from inner in HopKind.All from wire in HopKind.All select (inner, wire)];
        await using ChainPair pair = await StartAsync(
            socks, pairs.Select(each => new[] { each.Inner.Name, each.Wire.Name }));

        var seen = new Dictionary<(HopKind, HopKind), string>();
        foreach ((HopKind inner, HopKind wire) in pairs)
        {
            bool apart = inner.EndsApart && wire.EndsApart;
            await CarryAsync(pair, $"{inner.Name}_{wire.Name}", apart);
            seen[(inner, wire)] = apart ? "yes, ends apart" : "yes";
        }

        string table = string.Join('\n', Rows(seen));
        output.WriteLine(table);
        Assert.Equal(table, TableOfPage());
        await pair.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Open_ChainsOfThree_CarryAMebibyteBothWays()
    {
        await using RunningSocks socks = RunningSocks.Start();
        await using ChainPair pair = await StartAsync(socks, s_threeHops);
        foreach (string[] chain in s_threeHops)
        {
            await CarryAsync(pair, string.Join('_', chain), EndsApart(chain));
        }

        Assert.Equal(
            string.Join(", ", s_threeHops.Select(chain => $"`{string.Join('|', chain)}`{(EndsApart(chain) ? " (ends apart)" : "")}")),
            LinesOfPage().First(line => line.StartsWith("Of three hops: ", StringComparison.Ordinal))["Of three hops: ".Length..].TrimEnd('.'));
        await pair.WaitForNothingLeftAsync();
    }

    /// <summary>Whether all hops pass on the end of one direction. obfs3 and obfs4 are those of obfs4proxy, which end both (S30).</summary>
    private static bool EndsApart(string[] chain) => chain.All(name => HopKind.All.Any(kind => kind.Name == name && kind.EndsApart));

    private static Task<ChainPair> StartAsync(RunningSocks socks, IEnumerable<string[]> chains)
    {
        string[] names = [.. chains.Select(chain => string.Join('_', chain))];
        string plaitrc = Plaitrc.Obfs4Proxy([
            .. HopKind.All.SelectMany(kind => kind.Lines(socks.EndPoint)),
            .. chains.Select(chain => $"Alias {string.Join('_', chain)} {string.Join('|', chain)}"),
            "MaxTunnels 200",
        ]);
        return ChainPair.StartAsync(plaitrc, names);
    }

    private static async Task CarryAsync(ChainPair pair, string chain, bool apart)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(Mebibyte);
        using Socket socket = await pair.OpenAsync(chain);
        Task sending = SendAsync();
        byte[] received = apart
            ? await socket.ReadToEndAsync().Within($"{chain}: all that was sent comes back, and then the end", details: pair.Log.Tail)
            : await socket.ReadExactlyAsync(Mebibyte).Within($"{chain}: all that was sent comes back", details: pair.Log.Tail);
        await sending;
        Assert.Equal(sent, received);

        async Task SendAsync()
        {
            await socket.WriteAllAsync(sent);
            if (apart)
            {
                socket.Shutdown(SocketShutdown.Send);
            }
        }
    }

    private static IEnumerable<string> Rows(Dictionary<(HopKind Inner, HopKind Wire), string> seen)
    {
        yield return $"| Before it \\ at the wire | {string.Join(" | ", HopKind.All.Select(kind => kind.Form))} |";
        yield return $"| --- |{string.Concat(HopKind.All.Select(_ => " --- |"))}";
        foreach (HopKind inner in HopKind.All)
        {
            yield return $"| {inner.Form} | {string.Join(" | ", HopKind.All.Select(wire => seen[(inner, wire)]))} |";
        }
    }

    private static string TableOfPage() => string.Join('\n', LinesOfPage().Where(line => line.StartsWith("| ", StringComparison.Ordinal)));

    private static IEnumerable<string> LinesOfPage() => File
        .ReadLines(Path.Combine(PlaitProgram.RepositoryRoot, "docs", "hops.md"))
        .SkipWhile(line => line != Heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));
}
