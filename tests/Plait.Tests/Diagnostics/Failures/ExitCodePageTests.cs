using System.Text.RegularExpressions;
using Plait.Diagnostics.Failures;
using Xunit;

namespace Plait.Tests.Diagnostics.Failures;

public partial class ExitCodePageTests
{
    [Fact]
    public void Page_AgainstTheCode_NamesEachCodeOnce()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "exit-codes.md"));
        Assert.Equal(
            Enum.GetValues<ExitCode>().Select(code => $"{(int)code} {code}"),
            Row().Matches(page).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}"));
    }

    [GeneratedRegex(@"^\| (\d+) \| `(\w+)` \| ", RegexOptions.Multiline)]
    private static partial Regex Row();
}
