using System.Diagnostics;
using System.Text;

namespace Plait.Throughput.Contenders;

/// <summary>A process that was started here. Disposing it ends it, and all below it.</summary>
internal sealed class BenchProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private Task _rest = Task.CompletedTask;

    private BenchProcess(ProcessStartInfo info)
    {
        _process = new Process { StartInfo = info };
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        Started = Stopwatch.GetTimestamp();
        _process.Start();
        _process.BeginErrorReadLine();
    }

    /// <summary>Whether it ends by itself when its stdin does; others are killed.</summary>
    internal bool EndsWithStdin { get; init; } = true;

    /// <summary>When it was started: a time of <see cref="Stopwatch"/>, read before the fork.</summary>
    internal long Started { get; }

    internal int Id => _process.Id;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Its path, or a name of PATH.</param>
    /// <param name="arguments">One by one.</param>
    /// <param name="environment">All of its environment; null for our own.</param>
    /// <param name="endsWithStdin">See <see cref="EndsWithStdin"/>.</param>
    internal static BenchProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        bool endsWithStdin = true)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (environment is not null)
        {
            info.Environment.Clear();
            foreach ((string name, string value) in environment)
            {
                info.Environment[name] = value;
            }
        }

        return new(info) { EndsWithStdin = endsWithStdin };
    }

    /// <summary>This program again, in one of its hidden modes.</summary>
    internal static BenchProcess StartSelf(params IEnumerable<string> arguments) => Start(Environment.ProcessPath!, arguments);

    /// <summary>Reads lines of stdout until one is taken; the rest is read and forgotten.</summary>
    /// <param name="take">True at the last line that is wanted.</param>
    /// <exception cref="IOException">It ended, or said nothing for too long.</exception>
    internal async Task ReadUntilAsync(Func<string, bool> take)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        try
        {
            while (await _process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                if (take(line))
                {
                    _rest = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Said below.
        }

        lock (_errors)
        {
            throw new IOException($"{_process.StartInfo.FileName} ended, or did not say what was expected. {_errors}");
        }
    }

    /// <summary>The first line of stdout.</summary>
    internal async Task<string> ReadLineAsync()
    {
        string first = "";
        await ReadUntilAsync(line =>
        {
            first = line;
            return true;
        });
        return first;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        if (EndsWithStdin)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _process.WaitForExitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await _rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
    }
}
