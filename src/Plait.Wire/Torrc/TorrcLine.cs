namespace Plait.Wire.Torrc;

/// <summary>What is wrong with the form of a torrc line.</summary>
public enum TorrcFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The value begins with a quote and has no other. tor refuses the file.</summary>
    QuoteOpen,

    /// <summary>A backslash in a value in quotes is not the start of an escape that tor knows. tor refuses the file.</summary>
    WrongEscape,

    /// <summary>Something stands after a value in quotes. tor refuses the file.</summary>
    BehindQuotes,

    /// <summary>A backslash stands before CR LF, where it does not continue the line.</summary>
    CarriageReturn,
}

/// <summary>An option of a torrc as tor reads it.</summary>
/// <param name="Number">The line on which it begins, counted from 1.</param>
/// <param name="Keyword">Its name as written, without a <c>+</c> or <c>/</c> in front. tor takes any case.</param>
/// <param name="Value">Its value: comments gone, continued lines joined; if the whole value stands in quotes, what is in them.</param>
/// <param name="Fault">What is wrong with its form.</param>
public sealed record TorrcLine(int Number, string Keyword, string Value, TorrcFault Fault)
{
    /// <summary>The value's words: blanks separate, nothing groups (N10).</summary>
    public IReadOnlyList<string> Words => Value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether the option is <paramref name="name"/>, in any case.</summary>
    public bool Is(string name) => Keyword.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The keyword alone: values hold addresses and secrets (G5).</summary>
    public override string ToString() => $"{Number}: {Keyword}";
}
