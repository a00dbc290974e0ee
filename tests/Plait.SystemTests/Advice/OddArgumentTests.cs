using Plait.Diagnostics.Failures;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Advice;

/// <summary>
/// obfs4proxy says "general failure" of every argument that it does not like (S28). What is told instead is what looks odd in the line, as an
/// argument that is wrong, for which no retry is of use (S18).
/// </summary>
public sealed class OddArgumentTests(OddArgumentClient client) : IClassFixture<OddArgumentClient>
{
    private const string Cert = "VF6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg";

    /// <summary>The arguments of a line for obfs3|obfs4, and what is told.</summary>
    public static TheoryData<string[], string> Odd => new()
    {
        { [$"x-chain-1-cert={Cert}", "x-chain-1-iat-mod=0"], "`x-chain-1-iat-mod`: not a key of obfs4; did you mean x-chain-1-iat-mode?" },
        { [$"x-chain-1-cert={Cert}"], "iat-mode is missing: obfs4 needs it; write x-chain-1-iat-mode=..." },
        { [$"cert={Cert}", "IAT-MODE=0"], "`IAT-MODE`: keys are lower case; write iat-mode" },
        { [$"X-Chain-1-cert={Cert}", "x-chain-1-iat-mode=0"], "`X-Chain-1-cert`: keys are lower case; write x-chain-1-cert" },
        { [$"x_chain_1_cert={Cert}", "x-chain-1-iat-mode=0"], "`x_chain_1_cert`: write x-chain-1-cert" },
        { [$"cert={Cert},iat-mode=0"], "U+002C (,) between cert and iat-mode: write a plain blank" },
        { [$"cert={Cert}==", "iat-mode=0"], "cert ends in '=', which obfs4 leaves out: remove it" },
        { [$"cert={Cert[..^1]}", "iat-mode=0"], "cert of obfs4 has 70 characters, this one 69: copy the line again" },
        { [$"cert='{Cert}'", "iat-mode=0"], "cert is in quotes: tor reads them as part of the value, leave them out" },
        { ["cert=CERT", "iat-mode=0"], "cert is a placeholder: write the value from the bridge's own line" },
        { [$"cert={Cert}", "iat-mode=9"], "iat-mode of obfs4 is 0, 1 or 2, not 9" },
        { [$"cert={Cert}\u00A0iat-mode=0"], "U+00A0 (no-break space) between cert and iat-mode: write a plain blank" },
        { [$"cert={Cert[..35]}\u200B{Cert[35..]}", "iat-mode=0"], "U+200B (zero width space) in cert, character 36: remove it" },
        { [$"cert={Cert[..35]}\r{Cert[36..]}", "iat-mode=0"], "U+000D (carriage return) in cert, character 36: remove it" },
        { [$"x-chain-0-cert={Cert}", "iat-mode=0"], "x-chain-0-cert is for another hop, and obfs4 has no cert; write x-chain-1-cert" },
        { [], "cert is missing: obfs4 needs it; copy the whole line again from the operator of the bridge (x-chain-1-cert=...); iat-mode is missing: obfs4 needs it; write x-chain-1-iat-mode=..." },
    };

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task Open_OddArgument_IsNamedAndNotRetried(string[] arguments, string odd)
    {
        Assert.Equal(2, await client.RefusalAsync(arguments));
        await client.LogAsync($"LOG SEVERITY=warning MESSAGE=\"obfs3_obfs4: hop 1 (obfs4), handshake: argument wrong: the transport refused its arguments without dialling; {odd}\"");
    }

    [Fact]
    public async Task Open_NothingLooksOdd_ArgumentsAreStillAtFault()
    {
        Assert.Equal(2, await client.RefusalAsync($"node-id={new string('a', 40)}", "iat-mode=0")); // without its public-key (O4-1)
        await client.LogAsync("handshake: argument wrong: the transport refused its arguments without dialling; "
            + "correct this hop's arguments in the bridge line, or in the Profile that it names");
    }
}

/// <summary>The published program with the chain obfs3|obfs4, both obfs4proxy's.</summary>
public sealed class OddArgumentClient : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly EchoServer _target = EchoServer.Start();
    private PtHost? _client;

    public ValueTask InitializeAsync()
    {
        string plaitrc = _folder.Write("plaitrc", $"ClientTransportPlugin obfs3,obfs4 exec {Programs.Require("obfs4proxy")}\n");
        _client = PtHost.StartClient(PlaitProgram.Path, ["-f", plaitrc], "obfs3_obfs4");
        return ValueTask.CompletedTask;
    }

    /// <summary>How a connection with these arguments is refused.</summary>
    internal async Task<int> RefusalAsync(params string[] arguments)
    {
        System.Net.IPEndPoint socks = await _client!.Method("obfs3_obfs4");
        return (await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(socks, _target.EndPoint, arguments))).Code;
    }

    /// <summary>Waits for a line that holds this.</summary>
    internal Task<string> LogAsync(string text) => _client!.Lines.WaitForAsync(line => line.Contains(text, StringComparison.Ordinal), text);

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await _target.DisposeAsync();
        _folder.Dispose();
    }
}
