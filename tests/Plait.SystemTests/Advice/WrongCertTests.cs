using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Failures;

namespace Plait.SystemTests.Advice;

/// <summary>
/// A bridge line with the cert of another bridge. A bridge does not answer a client that does not know it, and ends the connection
/// half a minute later (O4-33): whichever hop it is, the user is sent to that hop's cert.
/// </summary>
public sealed class WrongCertTests(WrongCerts certs) : IClassFixture<WrongCerts>
{
    /// <summary>Chain, the hop with the wrong cert, and its key in the bridge line.</summary>
    public static TheoryData<string, int, string> Wrong => new()
    {
        { "obfs4", 0, "cert" },
        { "obfs4_obfs4", 0, "x-chain-0-cert" },
        { "obfs4_obfs4", 1, "x-chain-1-cert" },
        { "obfs4_obfs4_obfs4", 0, "x-chain-0-cert" },
        { "obfs4_obfs4_obfs4", 1, "x-chain-1-cert" },
        { "obfs4_obfs4_obfs4", 2, "x-chain-2-cert" },
        { "obfs3_obfs4", 1, "x-chain-1-cert" },
        { "obfs4_obfs3", 0, "x-chain-0-cert" },
    };

    [Fact]
    public async Task Open_WrongCert_IsLoggedAsThePageShows()
    {
        await certs.LineAsync(WrongCertClient.Plain, "obfs3_obfs4", 1);
        await BreakingPage.AssertShownAsync("A wrong cert", certs.Of(WrongCertClient.Plain));
    }

    /// <summary>The client's plaitrc, chain and hop: what is seen of the end differs, and the user is sent to the same cert.</summary>
    public static TheoryData<WrongCertClient, string, int> Otherwise => new()
    {
        { WrongCertClient.Lyrebird, "obfs4", 0 },
        { WrongCertClient.Lyrebird, "obfs4_obfs4", 0 }, // lyrebird at the wire does not pass the end on (TG1)
        { WrongCertClient.Lyrebird, "obfs4_obfs4", 1 },
        { WrongCertClient.Shim, "obfs4", 0 },
        { WrongCertClient.Shim, "obfs4_obfs4", 0 },
        { WrongCertClient.Shim, "obfs4_obfs4", 1 },
    };

    [Theory]
    [MemberData(nameof(Otherwise))]
    public async Task Open_WrongCertWithOtherProgramsAndShims_NamesTheHopAndItsCert(WrongCertClient client, string chain, int hop)
    {
        string key = chain == "obfs4" ? "cert" : $"x-chain-{hop}-cert";
        Assert.Contains($"; check the cert of this hop in the bridge line ({key})", await certs.LineAsync(client, chain, hop), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Open_WrongCert_NamesTheHopAndItsCert(string chain, int hop, string key)
    {
        string line = await certs.LineAsync(WrongCertClient.Plain, chain, hop);
        string stage = hop == chain.Split('_').Length - 1 ? "outside connection" : "handshake";
        Assert.Matches($"""
            ^LOG SEVERITY=warning MESSAGE="{chain}: hop {hop} \(obfs4\), {stage}: reset: the bridge ended the connection after \d+ s without an answer, as it does with clients that it does not know; check the cert of this hop in the bridge line \({key}\) or in its Profile, and this machine's date and time; if they are right, something on the way may break the connection"$
            """.Trim(), line);
    }
}

/// <summary>Who uses the wrong cert.</summary>
public enum WrongCertClient
{
    /// <summary>obfs4proxy behind proxy joints.</summary>
    Plain,

    /// <summary>lyrebird.</summary>
    Lyrebird,

    /// <summary>obfs4proxy behind shims: it dials the network itself.</summary>
    Shim,
}

/// <summary>A bridge with all of these chains, the clients, and one connection for each wrong cert, opened at the same time.</summary>
public sealed class WrongCerts : IAsyncLifetime
{
    // The close delay of this seed is 2 s (O4-39), after the 30 s of the handshake.
    private const string Seed = "s12";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly TestFolder _folder = new();
    private readonly ExtOrPortDouble _tor = ExtOrPortDouble.Start();
    private readonly Dictionary<WrongCertClient, PtHost> _clients = [];
    private PtHost? _bridge;
    private Task? _attempts; // of the first test that asks, and all of them at once

    private static string[] Chains => [.. WrongCertTests.Wrong.Select(row => row.Data.Item1).Distinct()];

    public ValueTask InitializeAsync()
    {
        string obfs4 = Programs.Require("obfs4proxy");
        string plaitrc = _folder.Write("plaitrc", $"ServerTransportPlugin obfs3,obfs4 exec {obfs4}\n");
        var launch = new PtLaunch { Program = PlaitProgram.Path, Arguments = ["-f", plaitrc], Names = Chains, IsServer = false };
        _bridge = PtHost.Start(launch with
        {
            IsServer = true, ExtendedOrPort = _tor,
            Options = string.Join(';', Chains.Select(chain =>
                $"{chain}:node-id={Hex("node", 20)};{chain}:private-key={Hex("identity", 32)};{chain}:drbg-seed={Hex(Seed, 24)}")),
        });
        foreach (WrongCertClient client in Enum.GetValues<WrongCertClient>())
        {
            string program = client == WrongCertClient.Lyrebird ? FieldPrograms.Lyrebird : obfs4;
            string joint = client == WrongCertClient.Shim ? "ClientTransportJoint * shim\n" : "";
            _clients[client] = PtHost.Start(launch with
            {
                Arguments = ["-f", _folder.Write($"plaitrc-{client}", $"ClientTransportPlugin obfs3,obfs4 exec {program}\n{joint}")],
            });
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>A client.</summary>
    internal PtHost Of(WrongCertClient client) => _clients[client];

    /// <summary>What the user of a chain is told of its only failure at a hop.</summary>
    internal async Task<string> LineAsync(WrongCertClient client, string chain, int hop)
    {
        (WrongCertClient Client, string Chain, int Hop)[] all =
        [
            .. WrongCertTests.Wrong.Select(row => (WrongCertClient.Plain, row.Data.Item1, row.Data.Item2)),
            .. WrongCertTests.Otherwise.Select(row => row.Data),
        ];
        _attempts ??= Task.WhenAll(all.Select(row => AttemptAsync(row.Client, row.Chain, row.Hop)));
        await _attempts.Within("the end of all attempts", s_patience, () => _clients[client].Lines.Tail());
        string[] told = [.. _clients[client].Lines.Where(line => line.Contains($"MESSAGE=\"{chain}: ", StringComparison.Ordinal))];
        Assert.Equal(all.Count(row => (row.Client, row.Chain) == (client, chain)), told.Length);
        return Assert.Single(told, line => line.Contains($"{chain}: hop {hop} ", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PtHost client in _clients.Values)
        {
            await client.DisposeAsync();
        }

        if (_bridge is not null)
        {
            await _bridge.DisposeAsync();
        }

        await _tor.DisposeAsync();
        _folder.Dispose();
    }

    private async Task AttemptAsync(WrongCertClient client, string chain, int hop)
    {
        PtHost host = _clients[client];
        PtMethod method = await _bridge!.MethodLine(chain);
        string[] good = method.ArgumentList;
        string cert = good.First(argument => argument.Contains("cert=", StringComparison.Ordinal)).Split('=', 2)[1];
        string wrong = cert[..20] + (cert[20] == 'A' ? "BBBB" : "AAAA") + cert[24..];
        string key = chain.Contains('_', StringComparison.Ordinal) ? $"x-chain-{hop}-cert" : "cert";
        string[] arguments = [.. good.Where(argument => !argument.StartsWith($"{key}=", StringComparison.Ordinal)), $"{key}={wrong}"];
        await Assert.ThrowsAsync<SocksRefusedException>(async () =>
            await SocksClient.ConnectAsync(await host.Method(chain), method.EndPoint, arguments, s_patience));
        await host.Lines.WaitForAsync(line => line.Contains($"{chain}: hop {hop} ", StringComparison.Ordinal), "the reason");
    }

    private static string Hex(string text, int length) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)).AsSpan(0, length));
}
