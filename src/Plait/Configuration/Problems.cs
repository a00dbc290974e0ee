namespace Plait.Configuration;

/// <summary>Collects problems, in any order.</summary>
internal sealed class Problems
{
    /// <summary>A file with more is no plaitrc: reading stops there (G6).</summary>
    internal const int Limit = 100;

    private readonly List<ConfigurationProblem> _found = [];

    internal bool Full => _found.Count >= Limit;

    internal void Report(SourceLine? at, string what, string instead)
    {
        if (!Full)
        {
            _found.Add(new(at, what, instead));
        }
    }

    /// <summary>In the order of the file.</summary>
    internal IReadOnlyList<ConfigurationProblem> InOrder()
    {
        List<ConfigurationProblem> inOrder = [.. _found.OrderBy(problem => problem.At?.Line ?? int.MaxValue)];
        if (Full)
        {
            inOrder.Add(new(null, "Reading stopped, because there are too many problems", "See whether this is the right file."));
        }

        return inOrder;
    }
}
