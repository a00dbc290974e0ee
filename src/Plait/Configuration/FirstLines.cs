namespace Plait.Configuration;

/// <summary>Remembers the lines read so far, because no line may silently undo or repeat an earlier one.</summary>
internal sealed class FirstLines(Problems problems)
{
    private readonly Dictionary<(string Keyword, string Name), SourceLine> _first = [];

    /// <summary>False, and reported, when the same keyword has been given for the same name.</summary>
    internal bool Accept(ConfigurationLine line, string? name = null, string instead = "Keep one of the two lines.")
    {
        if (_first.TryAdd((line.Keyword, name ?? ""), line.At))
        {
            return true;
        }

        string subject = name is null ? line.Keyword : $"{line.Keyword} for {QuotedName.Name(name)}";
        problems.Report(line.At, $"{subject} stands in {_first[(line.Keyword, name ?? "")]} already", instead);
        return false;
    }
}
