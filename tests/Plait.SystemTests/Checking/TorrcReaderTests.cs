using Plait.Cli.Checking;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Program;
using Plait.Wire.Torrc;

namespace Plait.SystemTests.Checking;

/// <summary>The reader of torrcs against tor itself, which prints the options that it has read.</summary>
public sealed class TorrcReaderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Theory]
    [InlineData("Bridge 192.0.2.3:1\n")]
    [InlineData("bRIDGE 192.0.2.3:1 # a comment\nNickname a#b\n")]
    [InlineData("   Bridge\t192.0.2.3:1  \r\n\r\n#Bridge 192.0.2.4:1\n")]
    [InlineData("+Bridge 192.0.2.3:1\nBridge 192.0.2.4:1")]
    [InlineData("Bridge \"192.0.2.3:1\" # in quotes\nBridge 192.0.2.4:1\n")]
    [InlineData("Bridge \"192.0.2.3\\x3a1\"\nNickname \"a\\142c\"\n")]
    [InlineData("Bridge \\\n 192.0.2.3:1\n")]
    [InlineData("Bridge 192.0.2.3:1\\\n0\n")]
    [InlineData("Bridge \\\n# between\n   # and another\n192.0.2.3:1\nNickname a\n")]
    [InlineData("Bridge 192.0.2.3:1 # not continued \\\nNickname a\n")]
    [InlineData("ClientTransportPlugin obfs4 exec /bin/true \"x y\" 'z\nBridge obfs4 192.0.2.3:1 k=\"v\" w=\\\\x\n")]
    [InlineData("ClientTransportPlugin \"obfs4 exec /bin/true \\\"x\\\"\"\nBridge obfs4 192.0.2.3:1 \\\n  k=v \\\n  w=x\n")]
    [InlineData("ClientTransportPlugin\\\n obfs4 exec /bin/true\nBridge obfs4 192.0.2.3:1 \\\n #c\n k=v\n")]
    public async Task Read_AnyForm_GivesWhatTorReads(string lines)
    {
        string tor = Programs.Require("tor");
        string text = $"DataDirectory {_folder.Path}\nSocksPort 9\nUseBridges 1\n{lines}";
        await using RunningProgram program = RunningProgram.Start(tor, ["-f", _folder.Write("torrc", text), "--dump-config", "short"]);
        Assert.Equal(0, await program.WaitForExitAsync());
        await program.StreamsEnded.Within("the end of tor's streams");

        // What tor prints can be read as a torrc, where this matters: a value with a quote or a tab stands in quotes.
        string dumped = string.Join('\n', program.Lines.Snapshot());
        Assert.Equal(Sorted(dumped), Sorted(text));
        Assert.Contains("Bridge ", dumped, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"\q")]
    [InlineData(@"\x4")]
    [InlineData(@"\x")]
    [InlineData(@"\x4142")]
    [InlineData(@"\400")]
    [InlineData(@"\177")]
    [InlineData(@"\8")]
    [InlineData(@"\1011")]
    [InlineData(@"\?")]
    [InlineData(@"\a")]
    [InlineData(@"\'")]
    [InlineData(@"\""")]
    [InlineData(@"\\")]
    [InlineData(@"\r\n\t")]
    [InlineData("\\\nNickname a")]
    [InlineData("\\")]
    public async Task Read_Escape_IsRefusedAsByTor(string escape)
    {
        string tor = Programs.Require("tor");
        string text = $"DataDirectory {_folder.Path}\nContactInfo \"a{escape}\"\n";
        await using RunningProgram program = RunningProgram.Start(tor, ["-f", _folder.Write("torrc", text), "--verify-config"]);
        bool accepted = await program.WaitForExitAsync() == 0;
        Assert.Equal(accepted, TorrcReader.Read(text).All(line => line.Fault == TorrcFault.None));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task Read_ByteOrderMark_IsRefusedAsByTor(string encoding)
    {
        File.WriteAllText(_folder["torrc"], $"DataDirectory {_folder.Path}\n", System.Text.Encoding.GetEncoding(encoding));
        await using RunningProgram program = RunningProgram.Start(Programs.Require("tor"), ["-f", _folder["torrc"], "--verify-config"]);
        var findings = new List<Finding>();

        IReadOnlyList<TorrcOption> options = TorrcFile.Read(_folder["torrc"], findings, out string? error);

        Assert.Null(error);
        Assert.Equal("DataDirectory", Assert.Single(options).Line.Keyword);
        Assert.StartsWith("torrc:1: the file starts with a byte order mark", Assert.Single(findings).ToString(), StringComparison.Ordinal);
        Assert.NotEqual(0, await program.WaitForExitAsync());
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Sorted(string torrc) => [.. TorrcReader.Read(torrc)
        .Select(line => $"{line.Keyword.ToUpperInvariant()} {string.Join(' ', line.Words)} {line.Fault}").Order(StringComparer.Ordinal)];
}
