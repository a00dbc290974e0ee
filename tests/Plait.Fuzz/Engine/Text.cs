using System.Text;

namespace Plait.Fuzz.Engine;

/// <summary>Inputs of parsers that take text.</summary>
internal static class Text
{
    /// <summary>As a child's output or a file becomes text: UTF-8, what is none replaced.</summary>
    internal static string Of(ReadOnlySpan<byte> input) => Encoding.UTF8.GetString(input);

    /// <summary>Cut at the first line end; the second part is empty where there is none.</summary>
    internal static (string First, string Others) SplitLine(string text)
    {
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? (text, "") : (text[..end], text[(end + 1)..]);
    }
}
