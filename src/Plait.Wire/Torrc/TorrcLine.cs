namespace Plait.Wire.Torrc;

/// <summary>A mistake in the form of a torrc line.</summary>
public enum TorrcFault
{
    /// <summary>The form is right.</summary>
    None,

    /// <summary>The value begins with a quote and has no closing quote. tor rejects the file.</summary>
    QuoteOpen,

    /// <summary>A quoted value holds a backslash that starts no known escape. tor rejects the file.</summary>
    WrongEscape,

    /// <summary>Text follows a quoted value. tor rejects the file.</summary>
    AfterQuotes,

    /// <summary>A backslash stands before CR LF, and so does not continue the line.</summary>
    CarriageReturn,
}

/// <summary>An option of a torrc as tor reads it.</summary>
/// <param name="Number">The number of its first line, counted from 1.</param>
/// <param name="Keyword">The name as written, without a leading <c>+</c> or <c>/</c>. tor accepts any case.</param>
/// <param name="Value">The value without comments, with continued lines joined. A value that is in quotes as a whole is unquoted.</param>
/// <param name="Fault">The mistake in its form, if any.</param>
public sealed record TorrcLine(int Number, string Keyword, string Value, TorrcFault Fault)
{
    /// <summary>The words of the value, separated by blanks. There is no quoting (N10).</summary>
    public IReadOnlyList<string> Words => Value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether the keyword is <paramref name="name"/>, in any case.</summary>
    public bool Is(string name) => Keyword.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The number and the keyword: values hold addresses and secrets (G5).</summary>
    public override string ToString() => $"{Number}: {Keyword}";
}
