using Plait.Cli;

namespace Plait.SystemTests.Checking;

public sealed class ScreenTests
{
    private const string Sentence = "problem: one two three four five six seven eight nine ten";

    [Fact]
    public void Line_OnATerminal_IsWrappedAtWords() => Assert.Equal(
        ["problem: one two three", "  four five six seven", "  eight nine ten"],
        Lines(24, screen => screen.Line(Colour.Red, "problem:", Sentence[9..])));

    [Fact]
    public void Line_ThatFitsExactly_IsNotWrapped() => Assert.Equal(["one two three four five"], Lines(23, screen => screen.Line("one two three four five")));

    [Fact]
    public void Line_WithALongWord_KeepsTheWordWhole() => Assert.Equal(
        ["a", "/very/long/path/of/a/file/of/this/machine", "b"],
        Lines(20, screen => screen.Line("a /very/long/path/of/a/file/of/this/machine b")));

    [Fact]
    public void Line_InAPipe_IsNeverWrapped() => Assert.Equal([Sentence], Lines(null, screen => screen.Line(Colour.Red, "problem:", Sentence[9..])));

    [Fact]
    public void Line_WithColours_HasThemAtItsFirstWordAlone() => Assert.Equal(
        ["\u001B[31mproblem:\u001B[0m one two three", "  four five six seven", "  eight nine ten"],
        Lines(24, screen => screen.Line(Colour.Red, "problem:", Sentence[9..]), colours: true));

    [Fact]
    public void Row_OnATerminal_IsWrappedInItsLastColumn() => Assert.Equal(
        ["  1  obfs4  one two three four five", "            six"],
        Lines(35, screen => screen.Row([1, 5], "1", "obfs4", "one two three four five six")));

    [Fact]
    public void Row_WithoutRoomForItsLastColumn_PutsThatBelow() => Assert.Equal(
        ["  1  /opt/programs/obfs4proxy", "       one two three four", "       five"],
        Lines(26, screen => screen.Row([1, 24], "1", "/opt/programs/obfs4proxy", "one two three four five")));

    private static string[] Lines(int? width, Action<Screen> print, bool colours = false)
    {
        using var writer = new StringWriter();
        print(new(writer, width, colours));
        return writer.ToString().Split('\n')[..^1];
    }
}
