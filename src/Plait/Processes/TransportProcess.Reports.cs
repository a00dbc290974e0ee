using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Processes;

/// <summary>The reports of the child's life.</summary>
internal sealed partial class TransportProcess
{
    private void Unforeseen(Exception error)
    {
        SafeText words = _scrubber.Scrub($"{error.GetType().Name}: {error.Message}");
        ProcessLog.Unforeseen(_logger, Name, words);
        _down = new(ChainStage.Launch, FailureCause.Exited, $"an error that Plait did not expect: {words}");
    }

    /// <summary>Raises CameUp; exceptions of its handlers do not end the supervision.</summary>
    private void ReportUp()
    {
        try
        {
            CameUp?.Invoke();
        }
        catch (Exception e)
        {
            ProcessLog.Unforeseen(_logger, Name, _scrubber.Scrub($"{e.GetType().Name}: {e.Message}"));
        }
    }

    private void ReportFirst(LaunchedTransports launched, bool awaited)
    {
        if (awaited)
        {
            _reporter?.Started(launched.Process);
        }
        else
        {
            ReportStart(launched, again: false);
        }
    }

    /// <summary>Reports an end, or (null) a failed start. At debug only, once it is known to be a crash loop.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="pause">The pause before the next start.</param>
    /// <param name="isReported">The chains that need it report it.</param>
    private void ReportEnd(SafeText? end, TimeSpan pause, bool isReported)
    {
        if (_history.BeginsLoop)
        {
            ProcessLog.LoopBegins(
                _logger, Name, _history.Ends, end is null ? Down!.Sentence : SafeText.Of($"it ended with {end}"), _longestPause.TotalSeconds);
            return;
        }

        LogLevel level = _history.InLoop || isReported ? LogLevel.Debug : LogLevel.Warning;
        if (end is null)
        {
            SafeText why = Down!.Sentence;
            ProcessLog.LaunchFailed(_logger, why.Equals(_reportedFailure) ? LogLevel.Debug : level, Name, why, pause.TotalSeconds);
            _reportedFailure = why; // a program that is missing is as missing as it was
        }
        else
        {
            ProcessLog.Restarting(_logger, level, Name, end, pause.TotalSeconds);
        }
    }

    private void ReportStart(LaunchedTransports launched, bool again)
    {
        LogLevel level = _history.InLoop ? LogLevel.Debug : LogLevel.Information;
        if (again)
        {
            ProcessLog.Restarted(_logger, level, Name);
            _reporter?.Restarted(launched.Process, Restarts + 1);
        }
        else
        {
            ProcessLog.StartedLate(_logger, level, Name);
            _reporter?.Started(launched.Process);
        }
    }
}
