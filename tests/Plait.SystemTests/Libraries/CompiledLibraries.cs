using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Libraries;

/// <summary>Shared libraries of transports in C, compiled once for each run of the tests by the system's C compiler.</summary>
internal static class CompiledLibraries
{
    private static readonly Lazy<DirectoryInfo> s_folder = new(MakeFolder);
    private static readonly Lazy<Task<string>> s_sample = new(() => CompileAsync("libxor.so", [], Sample));
    private static readonly Lazy<Task<string>> s_misbehaving = new(() => CompileAsync("libmisbehaving.so", [], Sample, Own("misbehaving.c")));
    private static readonly Lazy<Task<string>> s_incomplete = new(CompileIncompleteAsync);

    /// <summary>The folder of the interface in C.</summary>
    public static string Include => Path.Combine(PlaitProgram.RepositoryRoot, "include");

    /// <summary>The sample of a .NET transport, which is built with the tests: a reference of their project.</summary>
    public static string Assembly { get; } = Path.Combine(PlaitProgram.RepositoryRoot, "artifacts", "bin", "MaskTransport", "debug", "MaskTransport.dll");

    private static string Sample => Path.Combine(PlaitProgram.RepositoryRoot, "examples", "library", "xor.c");

    /// <summary>The sample: the transports xor and rot.</summary>
    public static Task<string> SampleAsync() => s_sample.Value;

    /// <summary>The entries of misbehaving.c, and the sample.</summary>
    public static Task<string> MisbehavingAsync() => s_misbehaving.Value;

    /// <summary>A library that needs another one, which is gone.</summary>
    public static Task<string> IncompleteAsync() => s_incomplete.Value;

    /// <summary>A file with the head of a shared library for a machine that no test runs on: IBM's S/390 (elf(5)).</summary>
    public static string ForAnotherMachine(string path)
    {
        byte[] head = new byte[64];
        "\x7F"u8.CopyTo(head);
        "ELF"u8.CopyTo(head.AsSpan(1));
        (head[4], head[5], head[6]) = (2, 2, 1); // 64 bits, big endian, version 1
        (head[17], head[19]) = (3, 22); // ET_DYN, EM_S390
        File.WriteAllBytes(path, head);
        return path;
    }

    private static string Own(string source) => Path.Combine(PlaitProgram.RepositoryRoot, "tests", "Plait.SystemTests", "Libraries", source);

    private static async Task<string> CompileIncompleteAsync()
    {
        string source = Path.Combine(s_folder.Value.FullName, "needed.c");
        await File.WriteAllTextAsync(source, "int needed; int needed_too(void); int needed_too(void) { return needed; }\n");
        string needed = await CompileAsync("libneeded.so", [], source);
        string incomplete = await CompileAsync(
            "libincomplete.so", ["-L", s_folder.Value.FullName, "-Wl,--no-as-needed", "-lneeded"], Sample);
        File.Delete(needed);
        return incomplete;
    }

    private static async Task<string> CompileAsync(string name, string[] options, params string[] sources)
    {
        string library = Path.Combine(s_folder.Value.FullName, name);
        await using RunningProgram compiler = RunningProgram.Start(
            Programs.Require("cc"),
            ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread", "-I", Include, "-o", library, .. sources, .. options]);
        int code = await compiler.WaitForExitAsync();
        await compiler.StreamsEnded.Within("the end of the compiler's streams");
        Assert.True(code == 0, $"{name}: {string.Join('\n', compiler.ErrorLines)}");
        return library;
    }

    private static DirectoryInfo MakeFolder()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("plait-libraries-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        return folder;
    }
}
