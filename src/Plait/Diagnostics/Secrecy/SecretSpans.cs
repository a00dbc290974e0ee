using System.Text;

namespace Plait.Diagnostics.Secrecy;

/// <summary>
/// The parts of a text that may not be shown. All of them are found on the text as it was written, and are taken out together:
/// one that was taken out earlier could cut another in two, of which no part looks like a secret any more.
/// </summary>
internal sealed class SecretSpans(string text)
{
    /// <summary>Stands where something was taken out.</summary>
    internal const string Replacement = "[scrubbed]";

    private readonly List<(int Start, int End)> _spans = [];

    /// <summary>The text as it was written.</summary>
    internal string Text => text;

    /// <summary>The characters from <paramref name="start"/> to before <paramref name="end"/> are not shown. Spans may overlap.</summary>
    internal void Add(int start, int end)
    {
        if (_spans.Count > 0 && _spans[^1] is var last && start >= last.Start && start <= last.End)
        {
            _spans[^1] = (last.Start, Math.Max(last.End, end)); // a repeated letter is one span, not one for each place
        }
        else
        {
            _spans.Add((start, end));
        }
    }

    /// <summary>The text without the union of its spans; spans that overlap or touch are one gap.</summary>
    internal string Remove()
    {
        if (_spans.Count == 0)
        {
            return text;
        }

        _spans.Sort();
        var shown = new StringBuilder(text.Length);
        int done = 0;
        bool gap = false;
        foreach ((int start, int end) in _spans)
        {
            if (start > done || !gap)
            {
                shown.Append(text, done, start - done).Append(Replacement);
                gap = true;
            }

            done = Math.Max(done, end);
        }

        return shown.Append(text, done, text.Length - done).ToString();
    }
}
