using System.Text;

namespace Plait.Configuration;

/// <summary>Cuts a line into words: blanks separate, quotes group, <c>#</c> starts a comment.</summary>
/// <remarks>
/// As torrc, except for the quotes: tor takes them literally (N10), so a path with a blank cannot be written there. Quotes
/// may stand inside a word (<c>k="a b"</c>). A backslash is an escape only inside double quotes and only before
/// <c>"</c> and <c>\</c>, so Windows paths need no escapes.
/// </remarks>
internal sealed class WordSplitter
{
    private const char NoQuote = '\0';

    private readonly List<string> _words = [];
    private readonly StringBuilder _word = new();
    private bool _inWord;
    private char _quote = NoQuote;

    /// <summary>The rest of the line is a comment, in which a trailing backslash means nothing.</summary>
    internal bool InComment { get; private set; }

    internal bool InQuotes => _quote != NoQuote;

    /// <summary>Takes the next physical line of a continued one, without its line end and continuing backslash.</summary>
    internal void Append(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length && !InComment; i++)
        {
            if (!InQuotes)
            {
                TakeBare(text[i]);
                continue;
            }

            bool escaped = _quote == '"' && text[i] == '\\' && i + 1 < text.Length && text[i + 1] is ('"' or '\\');
            if (escaped)
            {
                _word.Append(text[++i]);
            }
            else
            {
                TakeQuoted(text[i]);
            }
        }
    }

    /// <summary>Ends the last word and returns all words so far.</summary>
    internal List<string> End()
    {
        EndWord();
        return _words;
    }

    private void TakeBare(char c)
    {
        switch (c)
        {
            case ' ' or '\t':
                EndWord();
                break;
            case '#':
                InComment = true;
                break;
            case '"' or '\'':
                _quote = c;
                _inWord = true; // "" is a word too
                break;
            default:
                _word.Append(c);
                _inWord = true;
                break;
        }
    }

    private void TakeQuoted(char c)
    {
        if (c == _quote)
        {
            _quote = NoQuote;
        }
        else
        {
            _word.Append(c);
        }
    }

    private void EndWord()
    {
        if (_inWord)
        {
            _words.Add(_word.ToString());
        }

        _word.Clear();
        _inWord = false;
    }
}
