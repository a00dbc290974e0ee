using System.Net;
using System.Runtime.Versioning;
using Plait.Cli.BridgeLines;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.Wire.Torrc;

namespace Plait.SystemTests.BridgeLines;

/// <summary>A bridge keeps the line of each chain where scripts and <c>plait bridge-line</c> find it.</summary>
[UnsupportedOSPlatform("windows")] // modes of files
public sealed class KeptLineTests : IDisposable
{
    private const string Fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";

    private readonly TestFolder _folder = new();

    [Fact]
    public async Task Bridge_Started_KeepsALineForEachChain_WithPlaceholders()
    {
        ChainStart.Listening chain = await StartAsync("obfs3_obfs4", "obfs4");

        string file = Path.Combine(State, "plait", "plaitrc", "obfs3_obfs4_bridgeline.txt");
        string arguments = string.Join(' ', chain.Arguments.Select(argument => $"{argument.Key}={argument.Value}"));
        Assert.Equal($"Bridge obfs3_obfs4 <IP ADDRESS>:{chain.EndPoint.Port} <FINGERPRINT> {arguments}", (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken))[^1]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.True(File.Exists(Path.Combine(State, "plait", "plaitrc", "obfs4_bridgeline.txt")));

        List<string> notes = [];
        IReadOnlyList<BridgeLine> lines = Lines(notes, request => request with { Addresses = ["203.0.113.5", "2001:db8::5"], Names = ["obfs3_obfs4"] });

        Assert.Equal(
            [$"Bridge obfs3_obfs4 203.0.113.5:{chain.EndPoint.Port} {Fingerprint} {arguments}", $"Bridge obfs3_obfs4 [2001:db8::5]:{chain.EndPoint.Port} {Fingerprint} {arguments}"],
            lines.Select(line => line.Format()));
        Assert.Empty(notes);
        Assert.All(lines, line => Assert.Equal(BridgeLineVerdict.Good, BridgeLineReader.Read(line.Format(), BridgeLineChain.Known).Verdict));
    }

    [Fact]
    public async Task Bridge_StartedAgain_LeavesItsFileAlone()
    {
        await StartAsync("obfs4");
        string file = Path.Combine(State, "plait", "plaitrc", "obfs4_bridgeline.txt");
        string before = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        DateTime written = File.GetLastWriteTimeUtc(file);

        await StartAsync("obfs4");

        Assert.Equal(before, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public void Lines_WithoutFingerprintFile_AreWithoutIt_AndANoteSaysSo()
    {
        Keep("obfs4", "Bridge obfs4 <IP ADDRESS>:443 <FINGERPRINT> cert=abc iat-mode=0");
        File.Delete(Path.Combine(_folder.Path, "tor", "fingerprint"));
        List<string> notes = [];

        Assert.Equal("Bridge obfs4 203.0.113.5:443 cert=abc iat-mode=0", Assert.Single(Lines(notes, request => request with { Addresses = ["203.0.113.5"] })).Format());
        Assert.Equal("obfs4: tor's fingerprint is not found beside the state, and is left out; give it with --fingerprint", Assert.Single(notes));
        notes.Clear();
        Assert.Equal(Fingerprint, Assert.Single(Lines(notes, request => request with { Addresses = ["203.0.113.5"], Fingerprint = Fingerprint })).Fingerprint);
        Assert.Empty(notes);
    }

    /// <summary>tor carries 510 bytes (N19).</summary>
    [Fact]
    public void Lines_TooLong_HavePlainKeys_OrSayHowMuchTooLong()
    {
        Keep("obfs3_webtunnel", $"Bridge obfs3_webtunnel <IP ADDRESS>:443 <FINGERPRINT> x-chain-1-url=https://a.example/{new string('p', 470)} x-chain-1-ver=1");
        List<string> notes = [];

        BridgeLine line = Assert.Single(Lines(notes, request => request with { Addresses = ["203.0.113.5"] }));

        Assert.Equal(["url", "ver"], line.Arguments.Select(argument => argument.Key));
        Assert.InRange(line.ArgumentLength, 490, 510);
        Assert.Contains("keys that only one hop takes are written without its number", Assert.Single(notes));

        Keep("obfs3_webtunnel", $"Bridge obfs3_webtunnel <IP ADDRESS>:443 <FINGERPRINT> x-chain-1-url=https://a.example/{new string('p', 600)}");
        LineException error = Assert.Throws<LineException>(() => Lines(notes, request => request with { Addresses = ["203.0.113.5"] }));
        Assert.Matches(@"^obfs3_webtunnel: the arguments are \d+ bytes longer than tor carries; move some to a line Profile NAME", error.Message);
        Assert.Equal(ExitCode.Configuration, error.Code);
    }

    [Fact]
    public void Lines_BridgeNeverStarted_SaysSo()
    {
        Directory.CreateDirectory(Path.Combine(State, "plait", "plaitrc"));

        LineException error = Assert.Throws<LineException>(() => Lines([], request => request));

        Assert.Contains("the bridge has no keys before its first start", error.Message);
        Assert.Equal(ExitCode.NoInput, error.Code);
    }

    [Fact]
    public void Lines_OfATorrc_AreThoseOfItsDataDirectory()
    {
        Keep("obfs4", "Bridge obfs4 <IP ADDRESS>:443 <FINGERPRINT> cert=abc iat-mode=0");
        string torrc = _folder.Write("torrc", $"DataDirectory {_folder["tor"]}\n");

        Assert.Equal(Fingerprint, Assert.Single(Lines([], request => request with { State = null, Torrc = torrc, Addresses = ["203.0.113.5"] })).Fingerprint);
    }

    /// <summary>A chain that the plaitrc no longer has keeps its file.</summary>
    [Fact]
    public void Lines_OfAPlaitrc_AreThoseOfItsChainsOnly()
    {
        Keep("home", "Bridge home <IP ADDRESS>:443 <FINGERPRINT> k=v");
        Keep("gone", "Bridge gone <IP ADDRESS>:444 <FINGERPRINT> k=v");
        string plaitrc = _folder.Write("plaitrc", "Alias home obfs3|obfs4\n");

        Assert.Equal(["home"], Lines([], request => request with { File = plaitrc, Addresses = ["203.0.113.5"] }).Select(line => line.Transport));
    }

    /// <summary>The usual places are looked at in turn; one that may not be read hides no line of another.</summary>
    [Fact]
    public void Find_OneOfSeveralPlacesUnreadable_IsANote()
    {
        Keep("obfs4", "Bridge obfs4 <IP ADDRESS>:443 <FINGERPRINT> cert=abc iat-mode=0");
        string unreadable = new('x', 300); // no folder can have such a name
        List<string> notes = [];

        Assert.Equal("obfs4", Assert.Single(KeptLines.Find([unreadable, State], null, notes.Add)).Chain);
        Assert.Contains("cannot be read: ", Assert.Single(notes));
        Assert.Equal(ExitCode.InputOutput, Assert.Throws<LineException>(() => KeptLines.Find([unreadable], null, notes.Add)).Code);
    }

    public void Dispose() => _folder.Dispose();

    private string State => Path.Combine(_folder.Path, "tor", "pt_state");

    private void Keep(string chain, string line)
    {
        Directory.CreateDirectory(Path.Combine(State, "plait", "plaitrc"));
        File.WriteAllText(Path.Combine(State, "plait", "plaitrc", $"{chain}_bridgeline.txt"), $"# A comment\n{line}\n");
        WriteFingerprint();
    }

    private void WriteFingerprint() => File.WriteAllText(Path.Combine(_folder.Path, "tor", "fingerprint"), $"Unnamed {Fingerprint}\n");

    private IReadOnlyList<BridgeLine> Lines(List<string> notes, Func<LineRequest, LineRequest> adapt) =>
        LinePrinter.Lines(adapt(new(null, State, null, [], [], null)), notes.Add);

    private async Task<ChainStart.Listening> StartAsync(params string[] chains)
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await Hosts.StartBridgeAsync(Hosts.Settings(""), State, chains, tor, _ => new IPEndPoint(IPAddress.Any, 0));
        WriteFingerprint();
        return Assert.IsType<ChainStart.Listening>(bridge.Chains[0]);
    }
}
