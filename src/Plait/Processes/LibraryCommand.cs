using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Processes;

/// <summary>A transport of a shared library that runs as a program: in a host process of ours, or on a thread of this one.</summary>
/// <param name="Path">The library.</param>
/// <param name="Entry">Its entry: a function.</param>
/// <param name="Arguments">What stands after that in the plaitrc.</param>
/// <param name="InProcess">It runs on a thread of this process.</param>
internal sealed record LibraryCommand(string Path, string Entry, IReadOnlyList<string> Arguments, bool InProcess)
{
    /// <summary>The first argument of a process that hosts a library; its path, its entry and its arguments follow.</summary>
    internal const string HostWord = "library-host";

    /// <summary>
    /// What a library that cannot be used is reported by, on the stderr of its host. A sentence follows. Neither holds the name of the user of
    /// Plait's proxies, which is taken out of what programs say.
    /// </summary>
    internal const string Complaint = "library-host: ";

    /// <summary>Which fault of the library an exit code with a complaint stands for; null for another code.</summary>
    internal static LibraryFault? FaultOf(int? exitCode) => exitCode switch
    {
        (int)ExitCode.Unavailable => LibraryFault.NotLoaded,
        (int)ExitCode.Configuration => LibraryFault.NoEntry,
        TransportLibrary.Misfit => LibraryFault.Misfit,
        _ => null,
    };

    /// <summary>The command that the words after <see cref="HostWord"/> mean.</summary>
    internal static bool TryParse(IReadOnlyList<string> words, [NotNullWhen(true)] out LibraryCommand? command)
    {
        command = words.Count < 2 ? null : new(words[0], words[1], [.. words.Skip(2)], InProcess: false);
        return command is not null;
    }

    /// <summary>The arguments of the program that hosts it.</summary>
    internal IReadOnlyList<string> HostArguments => [HostWord, Path, Entry, .. Arguments];

    /// <summary>Runs it on this thread until it returns.</summary>
    /// <param name="environment">Its environment.</param>
    /// <param name="input">Its stdin, which becomes its own.</param>
    /// <param name="output">Its stdout, which becomes its own.</param>
    /// <param name="complain">Receives a line if it cannot be used.</param>
    /// <returns>Its exit code, or one of ours with a complaint.</returns>
    internal int Run(IReadOnlyDictionary<string, string> environment, SafeFileHandle input, SafeFileHandle output, Action<string> complain)
    {
        using (input)
        using (output)
        {
            try
            {
                TransportLibrary library = TransportLibrary.Open(Path, Entry);
                int code = library.Run([Path, .. Arguments], environment.Select(variable => $"{variable.Key}={variable.Value}"), input, output);
                if (code == TransportLibrary.Misfit)
                {
                    complain($"{Complaint}it is for another version of the interface");
                }

                return code;
            }
            catch (LibraryException e)
            {
                complain(Complaint + e.Message);
                return e.Fault switch
                {
                    LibraryFault.NotLoaded => (int)ExitCode.Unavailable,
                    LibraryFault.NoEntry => (int)ExitCode.Configuration,
                    _ => TransportLibrary.Misfit,
                };
            }
        }
    }

    /// <summary>Without the arguments, which may be secret (G5).</summary>
    public override string ToString() => $"{Path} {Entry}";
}
