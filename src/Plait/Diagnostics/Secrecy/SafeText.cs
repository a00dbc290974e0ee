using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Plait.Diagnostics.Secrecy;

/// <summary>
/// A text that may stand in any output: it holds no address, argument, cookie or credential (G5). Log messages and
/// failures take nothing else, so text of others gets there only through the <see cref="Scrubber"/>.
/// </summary>
/// <remarks>
/// It is written as an interpolated string, <c>SafeText text = $"hop {index} of {chain}"</c>. The compiler accepts in the
/// holes numbers, members of enumerations and other safe texts: a string, an end point or an exception does not fit. The
/// words around the holes are constants (CA1857 is an error).
/// </remarks>
[InterpolatedStringHandler]
public sealed class SafeText : IEquatable<SafeText>
{
    private readonly StringBuilder _text;
    private string? _finished; // the compiler appends nothing after it has returned the text

    /// <summary>Called by the compiler, for an interpolated string.</summary>
    /// <param name="literalLength">Characters outside the holes.</param>
    /// <param name="formattedCount">How many holes there are.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public SafeText(int literalLength, int formattedCount)
    {
        _text = new(literalLength + (16 * formattedCount));
    }

    private SafeText(string text)
    {
        _text = new(text);
    }

    /// <summary>No text.</summary>
    public static SafeText Empty { get; } = $"";

    internal bool IsEmpty => _text.Length == 0;

    /// <summary>The words between the holes.</summary>
    /// <param name="literal">A constant.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendLiteral([ConstantExpected] string literal) => _text.Append(literal);

    /// <summary>A hole with a text that is safe itself; nothing for null.</summary>
    /// <param name="text">The text.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(SafeText? text) => _text.Append(text?._text);

    /// <summary>A hole with a number.</summary>
    /// <param name="number">The number.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(long number) => _text.Append(number);

    /// <summary>A hole with a number.</summary>
    /// <param name="number">The number.</param>
    /// <param name="format">As in any interpolated string.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(double number, [ConstantExpected] string? format = null) =>
        _text.Append(number.ToString(format, CultureInfo.InvariantCulture));

    /// <summary>A hole with a member of an enumeration: the name of the member.</summary>
    /// <typeparam name="TEnum">The enumeration.</typeparam>
    /// <param name="member">The member.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted<TEnum>(TEnum member)
        where TEnum : struct, Enum => _text.Append(member);

    /// <summary>
    /// The name of a chain, a transport, a program. A user may have put something else there by mistake: a text that
    /// does not look like a name is scrubbed.
    /// </summary>
    [ProgramSeam]
    internal static SafeText Name(string name) => new(LooksLikeAName(name) ? name : ScrubPatterns.Scrub(name));

    /// <summary>
    /// A string of our own: a sentence of Plait.Wire or of the configuration, which write without values, or the path of a
    /// program or a file. Only addresses are taken out: "key=value" and long names belong to such texts.
    /// </summary>
    [ProgramSeam]
    internal static SafeText Own(string text) => new(ScrubPatterns.ScrubAddresses(text));

    /// <summary>A text that others wrote, scrubbed.</summary>
    internal static SafeText Scrubbed(string foreign, Scrubber scrubber) => new(scrubber.Clean(foreign));

    /// <summary>The beginning of the text.</summary>
    internal SafeText Shortened(int length) => _text.Length <= length ? this : new(_text.ToString(0, length));

    /// <summary>A name for the interpolated string where its type cannot be seen: on both sides of <c>?:</c>.</summary>
    internal static SafeText Of(SafeText text) => text;

    internal static SafeText Join([ConstantExpected] string separator, IEnumerable<SafeText> texts) =>
        new(string.Join(separator, texts));

    /// <summary>The text.</summary>
    public override string ToString() => _finished ??= _text.ToString();

    /// <summary>Equal when it reads the same.</summary>
    /// <param name="other">Another text, or null.</param>
    public bool Equals(SafeText? other) => other is not null && _text.Equals(other._text);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SafeText);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    // Begins with a letter, so that it is no IPv4 address; has no colon and no '=', so that it is no other, and no pair. By
    // hand: every start has names, and none that is as it should be has to wait for regular expressions to load.
    private static bool LooksLikeAName(string name) =>
        name.Length is > 0 and <= 60 && (char.IsAsciiLetter(name[0]) || name[0] == '_')
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '+' or '|' or '-');
}
