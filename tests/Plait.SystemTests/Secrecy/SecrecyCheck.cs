using System.Reflection;
using Plait.SystemTests.Secrecy;
using Xunit.v3;

[assembly: SecrecyCheck]
[assembly: AssemblyFixture(typeof(SecrecySearch))]

namespace Plait.SystemTests.Secrecy;

/// <summary>Fails each test whose Plaits have said a secret (G5).</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class SecrecyCheckAttribute : BeforeAfterTestAttribute
{
    public override void After(MethodInfo methodUnderTest, IXunitTest test) =>
        SecrecySearch.AssertClean(Transcript.All.Where(transcript => transcript.Test == test.TestDisplayName));
}

/// <summary>Searches all that every Plait has said, when all tests have run: some secrets become known only later.</summary>
public sealed class SecrecySearch : IDisposable
{
    public void Dispose()
    {
        IReadOnlyCollection<Transcript> all = Transcript.All;
        AssertClean(all);
        Console.WriteLine(
            $"Secrecy: {all.Sum(transcript => transcript.Count)} lines of {all.Count} Plaits hold none of {SecretsInUse.All.Count} secrets, and no address");
    }

    internal static void AssertClean(IEnumerable<Transcript> transcripts)
    {
        string[] leaks = [.. transcripts.SelectMany(transcript => transcript.Leaks())];
        Assert.True(leaks.Length == 0, $"{leaks.Length} lines hold a secret that is shown here as ###:\n{string.Join('\n', leaks.Take(20))}");
    }
}
