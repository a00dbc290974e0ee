using Plait.Configuration;

namespace Plait.Hosting;

/// <summary>
/// Opens the chains of a host, each as soon as its programs have come up or failed, and reports each at once. A program that
/// is slow to start delays only its own chains. They are opened without it <see cref="Limits.LateStartGrace"/> after the last chain that
/// works.
/// </summary>
/// <param name="limits">The limits in force.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Called with each chain when it has been opened, one at a time.</param>
internal sealed class ChainOpener(Limits limits, TimeProvider time, Action<ChainStart> report)
{
    /// <summary>Opens all chains.</summary>
    /// <param name="plans">The chains.</param>
    /// <param name="programs">Completes when the programs of a chain have come up or failed. Each ends within its own limit.</param>
    /// <param name="open">Opens one chain with what runs at that moment. One at a time.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <returns>How each chain started, in the order of the plans.</returns>
    internal async Task<IReadOnlyList<ChainStart>> OpenAsync(
        IReadOnlyList<ChainPlan> plans, Func<ChainPlan, Task> programs, Func<ChainPlan, ChainStart> open, CancellationToken cancellationToken)
    {
        using var window = new StartWindow(limits.LateStartGrace, time);
        var opened = new ChainStart?[plans.Count];
        var waiting = plans.Select((plan, index) => (Index: index, Plan: plan, Programs: programs(plan))).ToList();
        while (waiting.Count > 0)
        {
            await Task.WhenAny(waiting.Select(chain => chain.Programs).Append(window.Over)).WaitAsync(cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            foreach ((int index, ChainPlan plan, Task ready) in Ready(waiting, window))
            {
                if (ready.IsCompleted)
                {
                    await ready.ConfigureAwait(false); // an unforeseen exception ends the start
                }

                ChainStart start = open(plan);
                opened[index] = start;
                report(start);
                if (start is ChainStart.Listening { Refusing: null })
                {
                    window.ChainWorks();
                }
            }
        }

        return opened!;
    }

    /// <summary>Takes out the chains that are not waited for any longer.</summary>
    private static List<(int Index, ChainPlan Plan, Task Programs)> Ready(
        List<(int Index, ChainPlan Plan, Task Programs)> waiting, StartWindow window)
    {
        bool over = window.Over.IsCompleted;
        var ready = waiting.FindAll(chain => over || chain.Programs.IsCompleted);
        waiting.RemoveAll(chain => ready.Contains(chain));
        return ready;
    }
}
