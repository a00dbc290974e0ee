using System.CommandLine;
using Plait.Cli.Commands;
using Plait.SystemTests.BadInput;

namespace Plait.SystemTests.Checking;

/// <summary>What <c>plait check</c> says of good and of bad files: the files *.cases beside this one.</summary>
public sealed class CheckCaseTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestFolder _folder = new();

    public static TheoryData<string> Plaitrcs => [.. CheckCase.Names("plaitrc.cases")];

    public static TheoryData<string> Bridges => [.. CheckCase.Names("bridge.cases")];

    public static TheoryData<string> Torrcs => [.. CheckCase.Names("torrc.cases")];

    public static TheoryData<string> Starts => [.. CheckCase.Names("start.cases")];

    [Theory]
    [MemberData(nameof(Plaitrcs))]
    public Task Check_Plaitrc_IsJudgedAsTheFileSays(string name) => AssertAsync("plaitrc.cases", name);

    [Theory]
    [MemberData(nameof(Bridges))]
    public Task Check_BridgeLine_IsJudgedAsTheFileSays(string name) => AssertAsync("bridge.cases", name);

    [Theory]
    [MemberData(nameof(Torrcs))]
    public Task Check_Torrc_IsJudgedAsTheFileSays(string name) => AssertAsync("torrc.cases", name);

    [Theory]
    [MemberData(nameof(Starts))]
    public Task Check_Start_IsJudgedAsTheFileSays(string name) => AssertAsync("start.cases", name);

    public void Dispose() => _folder.Dispose();

    private async Task AssertAsync(string file, string name)
    {
        CheckCase one = CheckCase.Read(file).Single(candidate => candidate.Name == name);
        foreach ((string path, string text) in one.Files)
        {
            _folder.Write(path, CheckCase.Filled(text, _folder.Path));
            if (path == "plait" && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_folder[path], UnixFileMode.UserRead | UnixFileMode.UserExecute);
            }
        }

        using var said = new StringWriter();
        using var wrong = new StringWriter();
        int code = await CheckCommand.Create().Parse([.. one.Words.Select(word => CheckCase.Filled(word, _folder.Path))])
            .InvokeAsync(new() { Output = said, Error = wrong, EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken);

        string[] errors = LinesOf(wrong);
        string[] lines = LinesOf(said);
        output.WriteLine(string.Join('\n', [.. errors.Select(line => "> " + line), .. lines.Select(line => ("< " + line).TrimEnd())]));
        Assert.Equal(one.Errors, errors.Zip(one.Errors.Concat(Enumerable.Repeat("", errors.Length)), Compared));
        if (one.Output.Count > 0)
        {
            Assert.Equal(one.Output, lines);
        }

        bool problem = one.Errors.Any(line => line.StartsWith("problem: ", StringComparison.Ordinal));
        Assert.Equal(one.Errors.Any(line => line.StartsWith("plait: ", StringComparison.Ordinal)) ? 66 : problem ? 1 : 0, code);
    }

    /// <summary>What was said; as it was expected, if its beginning alone matters and is right.</summary>
    private static string Compared(string said, string expected) =>
        expected.EndsWith(" ...", StringComparison.Ordinal) && said.StartsWith(expected[..^4], StringComparison.Ordinal) ? expected : said;

    private string[] LinesOf(StringWriter writer) =>
        [.. CheckCase.Named(writer.ToString(), _folder.Path).Split('\n').SkipLast(1)];
}
