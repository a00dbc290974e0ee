using System.Collections;
using System.Text;

namespace Plait.Wire.Arguments;

/// <summary>
/// The <c>k=v</c> arguments of a transport: immutable, ordered, keys may repeat. Two lists are equal if they have the same arguments in the
/// same order. A list has three written forms: in SOCKS credentials, in SMETHOD lines and as words of torrc.
/// </summary>
/// <remarks>
/// Readers read any <c>\x</c> as <c>x</c>, as goptlib does. Writers escape only characters whose escapes every known reader accepts (S10, S11,
/// M34).
/// </remarks>
public sealed class PtArguments : IReadOnlyList<PtArgument>, IEquatable<PtArguments>
{
    private readonly PtArgument[] _arguments;

    /// <summary>Copies <paramref name="arguments"/>, in their order.</summary>
    /// <exception cref="ArgumentException">A key is empty, which no written form can express (S12).</exception>
    public PtArguments(IEnumerable<PtArgument> arguments)
    {
        _arguments = [.. arguments];
        if (_arguments.Any(argument => string.IsNullOrEmpty(argument.Key)))
        {
            throw new ArgumentException("An argument has an empty key.", nameof(arguments));
        }
    }

    /// <summary>No arguments.</summary>
    public static PtArguments Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _arguments.Length;

    /// <inheritdoc/>
    public PtArgument this[int index] => _arguments[index];

    /// <summary>
    /// The value of the first argument named <paramref name="key"/>, or null. Most PTs ignore later ones (S12).
    /// </summary>
    public string? First(string key)
    {
        foreach (PtArgument argument in _arguments)
        {
            if (argument.Key == key)
            {
                return argument.Value;
            }
        }

        return null;
    }

    /// <summary>Reads the SOCKS form <c>k=v;k=v</c> (S10 to S13, V6, V7). The empty string means no arguments.</summary>
    /// <param name="text">User and password, joined (S13).</param>
    /// <param name="arguments">The arguments, or <see cref="Empty"/> after an error.</param>
    /// <param name="error">What is wrong and where, without any value; null on success.</param>
    public static bool TryParseClient(string text, out PtArguments arguments, out string? error) =>
        TryParseList(text, ';', out arguments, out error);

    /// <summary>Writes the SOCKS form: <c>\</c> and <c>;</c> are escaped, in keys also <c>=</c> (S10).</summary>
    public string FormatClient() => FormatList(';', @"\;=", @"\;");

    /// <summary>
    /// Reads the value of <c>ARGS:</c> in an SMETHOD line: <c>k=v,k=v</c> (M34, M35). A raw <c>=</c> in a value is kept.
    /// </summary>
    /// <param name="text">The text after <c>ARGS:</c>; the empty string means no arguments (M35).</param>
    /// <param name="arguments">The arguments, or <see cref="Empty"/> after an error.</param>
    /// <param name="error">What is wrong and where, without any value; null on success.</param>
    public static bool TryParseServer(string text, out PtArguments arguments, out string? error) =>
        TryParseList(text, ',', out arguments, out error);

    /// <summary>
    /// Writes the value of <c>ARGS:</c>, in this list's order: <c>\</c>, <c>,</c> and <c>=</c> are escaped (M34, V12).
    /// </summary>
    public string FormatServer() => FormatList(',', @"\,=", @"\,=");

    /// <summary>
    /// Reads the words of a torrc line, one argument each (N18): the key ends at the first <c>=</c>, and there are no escapes.
    /// </summary>
    /// <param name="words">Words without blanks, each <c>k=v</c>; the value may be empty, the key may not.</param>
    /// <param name="arguments">The arguments, or <see cref="Empty"/> after an error.</param>
    /// <param name="error">Which word is wrong, by its number; null on success.</param>
    public static bool TryParseWords(IEnumerable<string> words, out PtArguments arguments, out string? error)
    {
        arguments = Empty;
        List<PtArgument> list = [];
        foreach (string word in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                error = $"argument {list.Count + 1} has no key: write key=value";
                return false;
            }

            list.Add(new(word[..equals], word[(equals + 1)..]));
        }

        error = null;
        arguments = From(list);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(PtArguments? other) => other is not null && _arguments.AsSpan().SequenceEqual(other._arguments);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PtArguments);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (PtArgument argument in _arguments)
        {
            hash.Add(argument);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<PtArgument> GetEnumerator() => _arguments.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The keys alone: values are secrets (G5).</summary>
    public override string ToString() => string.Join(", ", _arguments);

    internal static PtArguments From(List<PtArgument> list) => list.Count == 0 ? Empty : new(list);

    private static bool TryParseList(string text, char separator, out PtArguments arguments, out string? error)
    {
        arguments = Empty;
        error = null;
        if (text.Length == 0)
        {
            return true;
        }

        List<PtArgument> list = [];
        var reader = new EscapedReader(text);
        do
        {
            if (!reader.TryReadPair(separator, out PtArgument argument, out error))
            {
                return false;
            }

            list.Add(argument);
        }
        while (reader.TryTake(separator));

        arguments = From(list);
        return true;
    }

    private string FormatList(char separator, string escapedInKey, string escapedInValue)
    {
        var text = new StringBuilder();
        foreach (PtArgument argument in _arguments)
        {
            if (text.Length > 0)
            {
                text.Append(separator);
            }

            text.AppendEscaped(argument.Key, escapedInKey).Append('=').AppendEscaped(argument.Value, escapedInValue);
        }

        return text.ToString();
    }
}
