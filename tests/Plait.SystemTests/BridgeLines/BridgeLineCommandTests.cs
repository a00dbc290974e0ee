using System.Runtime.Versioning;
using System.Text.Json;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Program;

namespace Plait.SystemTests.BridgeLines;

/// <summary><c>plait bridge-line</c> as a person runs it.</summary>
[UnsupportedOSPlatform("windows")] // modes of files
public sealed class BridgeLineCommandTests : IDisposable
{
    private const string Cert = "VF6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg";
    private const string Fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";
    private const string Good = $"Bridge obfs3_obfs4 198.51.100.7:443 {Fingerprint} x-chain-1-cert={Cert} x-chain-1-iat-mode=0";
    private const string Mendable = $"“Bridge obfs4 198.51.100.7:443 {Fingerprint} Cert={Cert} iat-mode=0”";
    private const string Bad = $"obfs4 198.51.100.7:0 {Fingerprint} cert={Cert} iat-mode=0";

    private readonly TestFolder _folder = new();

    [Theory]
    [InlineData(0, "good: the line can be used as it is", Good)]
    [InlineData(2, "mendable: plait bridge-line --fix prints it with all of that mended", Mendable)]
    [InlineData(1, "bad: a person has to correct what is a problem", Bad)]
    [InlineData(1, "bad: a person has to correct what is a problem", "hello")]
    public async Task Explain_Line_SaysHowItIs_ByItsExitCodeToo(int code, string verdict, string line)
    {
        ProgramResult result = await RunAsync("--explain", line);

        Assert.Contains(verdict, result.Output);
        Assert.DoesNotContain(result.Output, said => said.Contains("198.51.100", StringComparison.Ordinal) || said.Contains(Cert[..9], StringComparison.Ordinal)); // G5
        Assert.Empty(result.Errors);
        Assert.Equal(code, result.Code);
    }

    [Fact]
    public async Task Explain_Chain_TellsHopByHop()
    {
        ProgramResult result = await RunAsync(["--explain", .. Good.Split(' ')]); // without quotes

        Assert.Equal(
        [
            "obfs3_obfs4 = obfs3|obfs4, 106 of 510 bytes of arguments",
            "  0  obfs3  gets no arguments; nearest to the application",
            "  1  obfs4  gets cert, iat-mode; dials the address",
            "  It has a fingerprint, by which tor knows the bridge.",
            "good: the line can be used as it is",
            "",
        ], result.Output);
    }

    [Fact]
    public async Task Explain_ChainOfAPlaitrc_IsKnownByItsAlias()
    {
        string plaitrc = _folder.Write("plaitrc", $"Alias home obfs3|obfs4\nProfile p cert={Cert}\n");

        ProgramResult result = await RunAsync("--explain", "home 198.51.100.7:443 x-chain-profile=p x-chain-1-iat-mode=0", "-f", plaitrc);

        Assert.Contains("home = obfs3|obfs4, 38 of 510 bytes of arguments", result.Output);
        Assert.Equal(0, result.Code);
    }

    [Fact]
    public async Task Explain_Json_IsOneObject()
    {
        ProgramResult result = await RunAsync("--explain", $"{Mendable}\n{Bad}", "--json");

        using var json = JsonDocument.Parse(string.Join('\n', result.Output));
        Assert.Equal("bad", json.RootElement.GetProperty("verdict").GetString());
        JsonElement first = json.RootElement.GetProperty("lines")[0];
        Assert.Equal("mendable", first.GetProperty("verdict").GetString());
        Assert.Equal(["mended", "mended"], first.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("kind").GetString()));
        Assert.Equal(["cert", "iat-mode"], first.GetProperty("hops")[0].GetProperty("keys").EnumerateArray().Select(key => key.GetString()));
        Assert.Equal(1, result.Code);
    }

    [Fact]
    public async Task Explain_FileAfterAnotherOption_IsRead()
    {
        ProgramResult result = await RunAsync("--explain", "--json", _folder.Write("bridges.txt", Good));

        Assert.Contains("  \"verdict\": \"good\",", result.Output);
        Assert.Equal(0, result.Code);
    }

    /// <summary>The largest picture that is read fits into the memory that the program may have, and a larger one is refused.</summary>
    [Theory]
    [InlineData(4096, 4096, "no QR code is found")]
    [InlineData(16384, 1024, "no QR code is found")]
    [InlineData(4096, 4097, "is empty or too large")]
    public async Task FromQr_LargestPicture_IsRead(int width, int height, string part)
    {
        string file = _folder["large.png"];
        await File.WriteAllBytesAsync(file, Pictures.Black(width, height), TestContext.Current.CancellationToken);

        ProgramResult result = await RunAsync("--explain", "--from-qr", file);

        Assert.Contains(part, Assert.Single(result.Errors));
        Assert.Equal(66, result.Code);
    }

    /// <summary>So does the text that costs most: the longest lines, as many mistakes as are told, as many lines as are read.</summary>
    [Theory]
    [InlineData(250, 1, "x ", 250)]
    [InlineData(250, 1, "x ", 2000)]
    [InlineData(250, 1, "&#65;=1 ", 127)]
    [InlineData(60, 1, "&amp;amp;", 1700)]
    [InlineData(20_000, 66, "", 0)]
    public async Task Explain_LargestText_IsRead(int lines, int code, string piece, int times)
    {
        string line = "obfs4 192.0.2.3:80 " + string.Concat(Enumerable.Repeat(piece, times)) + "\n";
        string file = _folder.Write("large.txt", string.Concat(Enumerable.Repeat(line, lines)));

        Assert.Equal(code, (await RunAsync("--explain", "--json", file)).Code);
    }

    [Fact]
    public async Task Fix_File_PrintsWhatIsGood_AndTellsTheRest()
    {
        ProgramResult result = await RunAsync("--fix", _folder.Write("mail.txt", $"Hello,\n{Mendable}\n{Bad}\n{Good}\nBye\n"));

        Assert.Equal([$"Bridge obfs4 198.51.100.7:443 {Fingerprint} cert={Cert} iat-mode=0", Good], result.Output);
        Assert.Equal(
        [
            "mended: line 2, column 1: the line is in quotes. Remove the quotes.",
            $"mended: line 2, column 73: `Cert`: keys are lower case; write cert.",
            "problem: line 3, column 20: the port is not a number from 1 to 65535. Correct the port.",
        ], result.Errors);
        Assert.Equal(1, result.Code);
    }

    [Fact]
    public async Task FromQr_ListOfLines_IsPrinted()
    {
        string file = _folder["code.png"];
        await File.WriteAllBytesAsync(file, Pictures.Of($"['{Good}', 'Bridge obfs3 198.51.100.8:80 {Fingerprint}']"), TestContext.Current.CancellationToken);

        ProgramResult result = await RunAsync("--from-qr", file);

        Assert.Equal([Good, $"Bridge obfs3 198.51.100.8:80 {Fingerprint}"], result.Output);
        Assert.Equal(0, result.Code);
    }

    [Fact]
    public async Task Qr_OfAMendedLine_IsDrawn()
    {
        ProgramResult result = await RunAsync("--fix", Mendable, "--qr");

        Assert.StartsWith("Bridge obfs4 ", result.Output[0]);
        Assert.All(result.Output.Skip(1), line => Assert.All(line, letter => Assert.Contains(letter, " █▀▄")));
        Assert.InRange(result.Output.Count, 20, 60);
    }

    [Theory]
    [InlineData(64, "--explain and --fix exclude each other", "--explain", Good, "--fix", Good)]
    [InlineData(64, "--json goes with --explain only", "--fix", Good, "--json")]
    [InlineData(64, "--qr draws lines that are printed", "--explain", Good, "--qr")]
    [InlineData(64, "--address is for the lines of this machine", "--explain", Good, "--address", "192.0.2.1")]
    [InlineData(64, "--address is no IP address", "--address", "bridge.example")]
    [InlineData(64, "--address is no IP address", "--address", "192.0.2.1:0")]
    [InlineData(64, "--address is no IP address", "--address", "0.0.0.0:443")]
    [InlineData(64, "--fingerprint is not 40 hex digits", "--fingerprint", "abc")]
    [InlineData(64, "--state and --torrc exclude each other", "--state", "/tmp", "--torrc", "/tmp/torrc")]
    [InlineData(64, "--from-qr and a line exclude each other", "--fix", Good, "--from-qr", "x.png")]
    [InlineData(66, "there is no file /nowhere/torrc", "--torrc", "/nowhere/torrc")]
    [InlineData(66, "there is no file /nowhere/plaitrc", "-f", "/nowhere/plaitrc")]
    [InlineData(66, "there is no file", "--explain", "bridges.txt")]
    [InlineData(66, "/ is a directory", "--explain", "/")]
    [InlineData(66, "there is no file /nowhere/code.png", "--from-qr", "/nowhere/code.png")]
    [InlineData(64, "goes with --explain or --fix", Good)]
    [InlineData(64, "goes with --explain or --fix", "bridges.txt")]
    [InlineData(66, "there is no bridge line in /nowhere", "--state", "/nowhere")]
    [InlineData(1, "there is no text", "--explain", "")]
    [InlineData(1, "no line of the text is a bridge line", "--fix", "Dear reader,\nthis is no bridge")]
    public async Task Words_ThatAreWrong_AreRefusedInOneLine(int code, string part, params string[] words)
    {
        ProgramResult result = await RunAsync(words);

        Assert.Contains(part, Assert.Single(result.Errors));
        Assert.StartsWith("plait: ", result.Errors[0]);
        Assert.Empty(result.Output);
        Assert.Equal(code, result.Code);
    }

    /// <summary>What a far end kept is printed for other addresses, and its own line is good.</summary>
    [Fact]
    public async Task Serve_ItsLine_IsPrintedForEachAddress_AndIsGood()
    {
        string state = _folder["state"];
        string own;
        await using (RunningProgram far = RunningProgram.Start(
            PlaitProgram.Path, ["serve", "--chain", "obfs3|obfs4", "--listen", "127.0.0.1:0", "--forward", "127.0.0.1:9", "--state", state, "--name", "vpn"]))
        {
            own = await far.Lines.WaitForAsync(line => line.StartsWith("Bridge ", StringComparison.Ordinal), "the bridge line");
        }

        string port = own.Split(' ')[2].Split(':')[1], arguments = string.Join(' ', own.Split(' ')[3..]);
        ProgramResult result = await RunAsync("--state", state, "--address", "203.0.113.5", "--address", "[2001:db8::5]:8443");

        Assert.Equal([$"Bridge obfs3_obfs4 203.0.113.5:{port} {arguments}", $"Bridge obfs3_obfs4 [2001:db8::5]:8443 {arguments}"], result.Output);
        Assert.Empty(result.Errors);
        Assert.Equal(0, result.Code);
        Assert.Equal(own, Assert.Single((await RunAsync("--state", state, "--name", "vpn")).Output));
        Assert.Equal(0, (await RunAsync("--explain", own)).Code);
        ProgramResult other = await RunAsync("--state", state, "--name", "web");
        Assert.Contains("web: no chain or tunnel of this name", Assert.Single(other.Errors));
        Assert.Equal(66, other.Code);
    }

    [Fact]
    public async Task State_OfAnotherUser_IsRefusedInOneLine()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "it takes another user");
        string state = _folder["state"];
        Directory.CreateDirectory(Path.Combine(state, "plait"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(state);
        File.SetUnixFileMode(state, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0x1ED); // 0755
        string copy = Path.Combine(_folder.Path, "plait");
        File.Copy(PlaitProgram.Path, copy);

        await using RunningProgram program = RunningProgram.Start(
            "/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", copy, "bridge-line", "--state", state]);

        Assert.Equal(74, await program.WaitForExitAsync());
        await program.StreamsEnded.Within("stdout and stderr end");
        Assert.Contains("cannot be read: ", Assert.Single([.. program.ErrorLines]));
    }

    public void Dispose() => _folder.Dispose();

    private Task<ProgramResult> RunAsync(params string[] words) => PublishedProgram.RunAsync(
        ["bridge-line", .. words], new Dictionary<string, string?> { ["HOME"] = _folder.Path, ["XDG_CONFIG_HOME"] = null, ["XDG_STATE_HOME"] = null, ["STATE_DIRECTORY"] = null });
}
