using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Surroundings;

/// <summary>docs/surroundings.md lists what the tests make, in their order, and says what they found.</summary>
public class SurroundingsPageTests
{
    [Fact]
    public void Table_Rows_AreThoseOfTheSurroundings()
    {
        string page = Path.Combine(PlaitProgram.RepositoryRoot, "docs", "surroundings.md");
        IEnumerable<string> rows = from line in File.ReadLines(page)
                                       .SkipWhile(line => line != "## The table").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
                                   where line.StartsWith("| ", StringComparison.Ordinal)
                                   let cells = line.Split('|', StringSplitOptions.TrimEntries)
                                   where cells[1] is not ("Surrounding" or "---")
                                   select $"{cells[1]}: {cells[3]} / {cells[4]}";

        Assert.Equal(
            Surrounding.All.Select(surrounding => $"{surrounding.Name}: {Words(surrounding.Control)} / {Words(surrounding.Expected)}"),
            rows);
    }

    private static string Words(Outcome outcome) => outcome switch
    {
        Outcome.MovesData => "works",
        Outcome.EndsAtOnce => "ends at once with 0",
        Outcome.IsUnheard => "a bridge works, a client is not heard",
        Outcome.Survives => "lives, and restarts children that die",
        Outcome.Refuses => "refuses, and says why",
        _ => "may die at any time",
    };
}
