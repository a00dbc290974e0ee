namespace Plait.Native;

/// <summary>
/// Paths as people write them into files that no shell reads. tor splits a line at blanks and takes quotes as they stand
/// (N10); neither tor nor Plait knows <c>~</c>.
/// </summary>
/// <param name="What">What is wrong with the path.</param>
/// <param name="Advice">What to write instead.</param>
[ProgramSeam]
internal sealed record WrittenPath(string What, string Advice)
{
    /// <summary>Looks at the beginning of a path.</summary>
    /// <returns>Null if it begins as paths do.</returns>
    internal static WrittenPath? Find(string path) => path.Length == 0 ? null : path[0] switch
    {
        '"' or '\'' => new(
            $"the path {path} begins with a quote, which counts as a part of it: tor knows no quotes in a torrc",
            "write it without quotes; where it has a blank, make a link that has none"),
        '~' => new($"the path '{path}' begins with ~, which only a shell replaces: tor and Plait do not", "write the full path, which begins with /"),
        _ => null,
    };
}
