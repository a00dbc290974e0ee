using Plait.Configuration;
using Xunit;

namespace Plait.Tests.Configuration;

/// <summary>Parses the text of a test under the name "rc".</summary>
internal static class ConfigurationAssert
{
    internal static PlaitConfiguration ParsesCleanly(string text)
    {
        ConfigurationResult result = PlaitConfiguration.Parse(text, "rc");
        Assert.Empty(result.Problems);
        return result.Configuration;
    }

    /// <summary>The only problem of the text, as a person sees it.</summary>
    internal static string OneProblem(string text) => Assert.Single(PlaitConfiguration.Parse(text, "rc").Problems).ToString();

    internal static TransportSource.Managed Managed(RoleConfiguration role, string name) =>
        Assert.IsType<TransportSource.Managed>(role.Transports[name].Source);
}
