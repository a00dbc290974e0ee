using System.ComponentModel;
using Microsoft.Win32.SafeHandles;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;

namespace Plait.Processes;

/// <summary>
/// Runs transports of shared libraries on threads of this process, each as a child whose streams are pipes. Such a child cannot be killed: if
/// it does not return when it has to, it is given up, and its thread goes on to the end of the process. It cannot be isolated either: if it
/// crashes or exits, this process does.
/// </summary>
internal sealed class LibraryThreads
{
    /// <summary>The status of a child that was given up, beside those of waitpid(2).</summary>
    internal const int GivenUp = -1;

    // Each holds its thread, its stack and its sockets (G6). A library that does not end is broken: a fourth would not do better.
    private const int MostGivenUp = 3;

    // What C code expects of a thread. It is address space; what is used of it becomes memory.
    private const int StackSize = 8 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _givenUp = [];

    /// <summary>Starts one.</summary>
    /// <param name="command">Which.</param>
    /// <param name="environment">Its environment. That of the process is not touched.</param>
    /// <exception cref="LaunchException">Too many of this library were given up.</exception>
    /// <exception cref="Win32Exception">The system gives no descriptor or no thread.</exception>
    internal StartedProcess Start(LibraryCommand command, IReadOnlyDictionary<string, string> environment)
    {
        AssertSound(command);
        var pipes = new List<PipeEnds>();
        try
        {
            for (int i = 0; i < 3; i++)
            {
                pipes.Add(PipeEnds.Open());
            }

            var call = new Call(this, command, environment, pipes[0].Reader, pipes[1].Writer, pipes[2].Writer);
            new Thread(call.Run, StackSize) { IsBackground = true, Name = "Plait library" }.UnsafeStart();
            return new(Environment.ProcessId, pipes[0].Writer, pipes[1].Reader, pipes[2].Reader, call.Ended) { OwnSignal = call.Signal };
        }
        catch (Exception e)
        {
            pipes.ForEach(pipe => pipe.Dispose());
            if (e is OutOfMemoryException or ThreadStartException)
            {
                throw new Win32Exception(Libc.Again); // pthread_create(3)
            }

            throw;
        }
    }

    private void AssertSound(LibraryCommand command)
    {
        lock (_lock)
        {
            if (_givenUp.GetValueOrDefault(command.Path) >= MostGivenUp)
            {
                SafeText name = SafeText.Name(Path.GetFileName(command.Path));
                throw new LaunchException(new ProcessDown(
                    ChainStage.Launch, FailureCause.LimitReached, $"{name} has not returned {MostGivenUp} times, and is called no more")
                {
                    Advice = $"write library in place of library-in-process: a process of its own can be ended",
                });
            }
        }
    }

    private void Count(string path, int change)
    {
        lock (_lock)
        {
            _givenUp[path] = _givenUp.GetValueOrDefault(path) + change;
        }
    }

    /// <summary>One call of a library.</summary>
    private sealed class Call(
        LibraryThreads all, LibraryCommand command, IReadOnlyDictionary<string, string> environment,
        SafeFileHandle input, SafeFileHandle output, SafeFileHandle errors)
    {
        private readonly TaskCompletionSource<int?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<int?> Ended => _ended.Task;

        internal void Run()
        {
            int code;
            using (var words = new FileStream(errors, FileAccess.Write, bufferSize: 0))
            {
                code = command.Run(environment, input, output, line => Write(words, line));
            }

            if (!_ended.TrySetResult((code & 0xFF) << 8)) // as waitpid(2) has it
            {
                all.Count(command.Path, -1);
            }
        }

        /// <summary>No signal reaches a thread. The one that kills gives it up.</summary>
        internal void Signal(int signal)
        {
            if (signal == Signals.Kill)
            {
                all.Count(command.Path, 1); // first: what waits for the end may start the next one at once
                if (!_ended.TrySetResult(GivenUp))
                {
                    all.Count(command.Path, -1);
                }
            }
        }

        private static void Write(FileStream words, string line)
        {
            try
            {
                words.Write([.. SystemText.Encode(line), (byte)'\n']);
            }
            catch (IOException)
            {
                // It was given up, and its words are not read any more.
            }
        }
    }
}
