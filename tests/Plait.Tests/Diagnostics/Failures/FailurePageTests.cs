using Xunit;

namespace Plait.Tests.Diagnostics.Failures;

public class FailurePageTests
{
    /// <summary>Set by eng/renew-failures: where to write the page, instead of comparing it.</summary>
    private const string RenewVariable = "PLAIT_RENEW_FAILURES";

    [Fact]
    public void Page_AgainstTheTable_SaysTheSame()
    {
        string page = FailurePage.Write();
        if (Environment.GetEnvironmentVariable(RenewVariable) is { Length: > 0 } path)
        {
            File.WriteAllText(path, page);
            return;
        }

        string written = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "failures.md"));
        Assert.True(page == written, "docs/failures.md is not what the table says; run eng/renew-failures");
    }
}
