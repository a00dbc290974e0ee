namespace Plait.Configuration;

/// <summary>Reads the words of <see cref="LimitWord"/>, each at most once.</summary>
internal sealed class LimitsReader(FileNotes notes)
{
    private Limits _limits = new();
    private SourceLine? _lastRestartDelay;

    internal void Take(ConfigurationLine line, LimitWord word)
    {
        if (word.Apply(_limits, string.Join(' ', line.Words)) is not { } changed)
        {
            notes.Report(line, $"{word.Name} has a value that it cannot have", $"Write {word.Name} and {word.Expected}.");
            return;
        }

        if (!notes.First.Accept(line))
        {
            return;
        }

        _limits = changed;
        if (word.Name is nameof(Limits.RestartDelayMin) or nameof(Limits.RestartDelayMax))
        {
            _lastRestartDelay = line.At;
        }
    }

    internal Limits Finish()
    {
        if (_limits.RestartDelayMin <= _limits.RestartDelayMax)
        {
            return _limits;
        }

        notes.Problems.Report(
            _lastRestartDelay,
            "RestartDelayMin is longer than RestartDelayMax",
            "Give both, the shorter one to RestartDelayMin.");
        var defaults = new Limits();
        return _limits with { RestartDelayMin = defaults.RestartDelayMin, RestartDelayMax = defaults.RestartDelayMax };
    }
}
