using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using Plait.Cli.Commands;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Checking;

/// <summary>docs/check-json.md against what <c>plait check --json</c> prints.</summary>
public sealed partial class CheckJsonTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static string Page => File.ReadAllText(Path.Combine(PlaitProgram.RepositoryRoot, "docs", "check-json.md"));

    [Fact]
    public async Task Page_Example_IsWhatTheProgramPrints()
    {
        string printed = await RunAsync();

        string example = string.Join('\n', Page.Split('\n').SkipWhile(line => line != "    {").TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal))
            .Select(line => line[4..]));
        Assert.Equal(example, Took().Replace(printed, "$1 21").TrimEnd());
    }

    [Fact]
    public async Task Page_Fields_AreAllNamed()
    {
        using var document = JsonDocument.Parse(await RunAsync());

        Assert.All(FieldsOf(document.RootElement).Distinct(), field => Assert.Contains($"| `{field}` |", Page, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The files of the page's example.</summary>
    private async Task<string> RunAsync()
    {
        string plait = _folder.WriteScript("plait", "");
        string plaitrc = _folder.Write("plaitrc", $"ClientTransportPlugin obfs3,obfs4 exec {Programs.DummyTransport}\nAlias obfs3_obfs4 obfs3|obfs4\n");
        string torrc = _folder.Write(
            "torrc",
            $"ClientTransportPlugin obfs3_obfs4 exec {plait} -f {plaitrc}\nBridge obfs3_obfs4 192.0.2.3:443 x-chain-1-cert={new string('A', 70)} x-chain-1-iat-mode=0\n");
        using var output = new StringWriter();
        int code = await CheckCommand.Create().Parse(["--torrc", torrc, "--start", "--json"])
            .InvokeAsync(new() { Output = output, Error = output }, TestContext.Current.CancellationToken);
        Assert.Equal(1, code);
        return output.ToString()
            .Replace(plaitrc, "/etc/plait/plaitrc", StringComparison.Ordinal)
            .Replace(torrc, "/etc/tor/torrc", StringComparison.Ordinal)
            .Replace(plait, "/usr/bin/plait", StringComparison.Ordinal)
            .Replace(Programs.DummyTransport, "/usr/bin/obfs4proxy", StringComparison.Ordinal);
    }

    private static IEnumerable<string> FieldsOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(field => FieldsOf(field.Value).Prepend(field.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(FieldsOf),
        _ => [],
    };

    [GeneratedRegex("(\"took_ms\":) \\d+")]
    private static partial Regex Took();
}
