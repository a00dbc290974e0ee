using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Plait.Cli;

/// <summary>The version of this program.</summary>
internal static class ProductVersion
{
    private static readonly Assembly s_assembly = typeof(ProductVersion).Assembly;

    /// <summary>The version alone: <c>0.1.0</c>.</summary>
    internal static string Text { get; } = s_assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>With what a report of a bug needs: <c>plait 0.1.0 (native, revision 0a1b2c3d4e5f, linux-x64)</c>.</summary>
    internal static string Whole
    {
        get
        {
            // eng/publish gives the revision; a source without its history has none.
            string? revision = s_assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(data => data.Key == "Revision")?.Value;
            string build = RuntimeFeature.IsDynamicCodeSupported ? $"with {RuntimeInformation.FrameworkDescription}, not native" : "native";
            return $"plait {Text} ({build}{(string.IsNullOrEmpty(revision) ? "" : $", revision {revision}")}, {RuntimeInformation.RuntimeIdentifier})";
        }
    }
}
