using System.Globalization;

namespace Plait.Wire.Hints;

/// <summary>The form of a known key's values.</summary>
internal abstract record ArgumentForm
{
    internal static ArgumentForm Any { get; } = new Free();

    /// <summary>A text that begins with <c>http://</c> or <c>https://</c>.</summary>
    internal static ArgumentForm Url { get; } = new Address();

    internal static ArgumentForm Number { get; } = new Digits();

    /// <summary>Base64 with the standard alphabet.</summary>
    /// <param name="bytes">The number of bytes that a value encodes.</param>
    /// <param name="padded">Whether a value ends in '=' if its length requires that.</param>
    internal static ArgumentForm Base64(int bytes, bool padded) =>
        new Coded(padded ? (bytes + 2) / 3 * 4 : ((bytes * 8) + 5) / 6, padded);

    internal static ArgumentForm Hex(int digits) => new HexDigits(digits);

    internal static ArgumentForm OneOf(params string[] words) => new Choice(words);

    /// <summary>Whether a value has a certain number of characters, so that one that is cut can be told.</summary>
    internal virtual bool IsOfFixedLength => false;

    /// <summary>Whether a sound value encodes bytes as programs write them: the bits that are left over at the end are 0.</summary>
    internal virtual bool Encodes(string value) => true;

    /// <summary>Says what is wrong with a value and what to write, without quoting the value; null if the form is right.</summary>
    /// <param name="key">The name of the key.</param>
    /// <param name="transport">The name of the transport.</param>
    /// <param name="value">Not empty, and without characters that cannot be seen.</param>
    internal abstract string? FaultOf(string key, string transport, string value);

    private static string? Count(string key, string transport, int wanted, string value) => value.Length == wanted ? null
        : string.Create(CultureInfo.InvariantCulture, $"{key} of {transport} has {wanted} characters, this one {value.Length}: copy the line again");

    private static string? Stray(string key, string kind, string value, Func<char, bool> belongs)
    {
        int at = value.TakeWhile(belongs).Count();
        return at == value.Length ? null : $"{CharacterName.At(value, at)} in {key}, character {at + 1}, is not {kind}: copy the line again";
    }

    private sealed record Free : ArgumentForm
    {
        internal override string? FaultOf(string key, string transport, string value) => null;
    }

    private sealed record Address : ArgumentForm
    {
        internal override string? FaultOf(string key, string transport, string value) =>
            value.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || value.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
                ? null
                : $"{key} of {transport} begins with https:// or http://";
    }

    private sealed record Digits : ArgumentForm
    {
        internal override string? FaultOf(string key, string transport, string value) =>
            value.All(char.IsAsciiDigit) ? null : $"{key} of {transport} is a number";
    }

    private sealed record Choice(string[] Words) : ArgumentForm
    {
        // Modes are not secret, and neither are so few digits.
        private const int LongestShown = 4;

        internal override string? FaultOf(string key, string transport, string value)
        {
            string shown = value.Length <= LongestShown && value.All(char.IsAsciiDigit) ? $", not {value}" : "";
            return Words.Contains(value) ? null : $"{key} of {transport} is {string.Join(", ", Words[..^1])} or {Words[^1]}{shown}";
        }
    }

    private sealed record Coded(int Length, bool Padded) : ArgumentForm
    {
        private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        private const int FewLetters = 12;

        internal override bool IsOfFixedLength => true;

        internal override string? FaultOf(string key, string transport, string value)
        {
            string digits = value.TrimEnd('=');
            return !Padded && digits.Length < value.Length ? $"{key} ends in '=', which {transport} leaves out: remove it"
                : Stray(key, "base64", digits, letter => char.IsAsciiLetterOrDigit(letter) || letter is '+' or '/')
                ?? Count(key, transport, Length, value)
                ?? (HasLostItsCase(digits) ? $"{key} has letters of one case only, so its case is lost: copy the line again" : null);
        }

        internal override bool Encodes(string value)
        {
            int left = value.TrimEnd('=').Length * 6 % 8; // bits
            return left == 0 || (Alphabet.IndexOf(value.TrimEnd('=')[^1], StringComparison.Ordinal) & ((1 << left) - 1)) == 0;
        }

        /// <summary>Not by chance: so many different letters of one case only.</summary>
        private static bool HasLostItsCase(string digits) =>
            digits.Where(char.IsAsciiLetter).Distinct().Count() > FewLetters && (!digits.Any(char.IsAsciiLetterLower) || !digits.Any(char.IsAsciiLetterUpper));
    }

    private sealed record HexDigits(int Length) : ArgumentForm
    {
        internal override bool IsOfFixedLength => true;

        internal override string? FaultOf(string key, string transport, string value) =>
            Stray(key, "a hex digit", value, char.IsAsciiHexDigit) ?? Count(key, transport, Length, value);
    }
}
