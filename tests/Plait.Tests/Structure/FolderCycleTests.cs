using System.Reflection;
using Plait.Hosting;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Structure;

/// <summary>
/// References between the folders of a project go one way (design: "References go one way, between projects and between the folders
/// of Plait"). A folder is a namespace, and a subfolder is one of its own.
/// </summary>
public class FolderCycleTests
{
    public static TheoryData<string> Assemblies => [.. new[] { typeof(PtArguments).Assembly, typeof(ClientHost).Assembly, Assembly.Load("Plait.Cli") }
        .Select(assembly => assembly.Location)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Folders_OfAProject_FormNoCycle(string assembly)
    {
        IReadOnlySet<TypeReference> references = AssemblyReferences.Of(assembly);
        Assert.NotEmpty(references);

        Dictionary<string, HashSet<string>> folders = references.Where(reference => reference.FromNamespace != reference.ToNamespace)
            .GroupBy(reference => reference.FromNamespace)
            .ToDictionary(folder => folder.Key, folder => folder.Select(reference => reference.ToNamespace).ToHashSet());
        HashSet<string> knot = InCycles(folders);
        Assert.True(knot.Count == 0, $"These folders form a cycle: {string.Join(", ", knot.Order())}. References within it:\n" + string.Join('\n', references
            .Where(reference => reference.FromNamespace != reference.ToNamespace && knot.Contains(reference.FromNamespace) && knot.Contains(reference.ToNamespace))
            .Select(reference => reference.ToString()).Order()));
    }

    /// <summary>What is left when folders that reference no other, or that no other references, are taken away again and again.</summary>
    private static HashSet<string> InCycles(Dictionary<string, HashSet<string>> references)
    {
        HashSet<string> left = [.. references.Keys, .. references.Values.SelectMany(targets => targets)];
        while (left.RemoveWhere(folder => !references.TryGetValue(folder, out HashSet<string>? targets) || !targets.Overlaps(left)) > 0
            || left.RemoveWhere(folder => !left.Any(other => references.TryGetValue(other, out HashSet<string>? targets) && targets.Contains(folder))) > 0)
        {
        }

        return left;
    }
}
