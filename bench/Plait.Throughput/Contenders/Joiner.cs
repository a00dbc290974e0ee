using System.Diagnostics;
using Plait.Diagnostics.Failures;

namespace Plait.Throughput.Contenders;

/// <summary>
/// The joiner written by hand, <c>joiner.c</c>: blocking threads and splice(2). It is native, because a joiner on a managed
/// runtime would flatter Plait.
/// </summary>
/// <param name="Path">The compiled program.</param>
internal sealed record Joiner(string Path)
{
    private const string Compiler = "cc";

    /// <summary>Compiles it with <c>cc -O2</c>.</summary>
    /// <param name="folder">Where the program is written.</param>
    /// <returns>Null if no C compiler is installed.</returns>
    /// <exception cref="IOException">The compiler failed; the message holds what it wrote.</exception>
    internal static async Task<Joiner?> CompileAsync(string folder)
    {
        if (Programs.Find(Compiler) is not { } compiler)
        {
            return null;
        }

        string source = System.IO.Path.Combine(Programs.Root, "bench", "Plait.Throughput", "Contenders", "joiner.c");
        string program = System.IO.Path.Combine(folder, "joiner");
        var info = new ProcessStartInfo(compiler, ["-O2", "-pthread", "-o", program, source])
        {
            RedirectStandardError = true,
        };
        using Process process = Process.Start(info)!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? new(program)
            : throw new IOException(
                $"{compiler} could not compile {source}. Are the C library's headers installed (apt-get install libc6-dev)? {errors}");
    }

    /// <summary>Starts it in one of its modes; its first line of stdout is its address.</summary>
    internal BenchProcess Start(params IEnumerable<string> arguments) => BenchProcess.Start(Path, arguments);
}
