;;; costline.el --- What Claude Code costs, in the mode line, by Eglot  -*- lexical-binding: t; -*-

;; Emacs 28 or later with Eglot 1.9 or later.  In the init file:
;;
;;     (load "/path/to/costline/editors/emacs/costline.el")
;;     (costline-mode 1)
;;
;; Eglot has one server for a buffer.  This one is started for no buffer at all, and stands in no other one's way.

;;; Code:

(require 'eglot)
(require 'project)

(defvar costline-command '("costline" "lsp")
  "The program and its arguments.")

(defvar costline-faces '(("warning" . warning) ("error" . error) ("stale" . shadow))
  "The face of each severity; the others have none.")

(defvar costline--server nil "The server that spoke last.")
(defvar costline--status nil "What it said: its text and severity.")

(defclass costline-server (eglot-lsp-server) ())

(cl-defmethod eglot-client-capabilities ((_server costline-server))
  "Say that costline/status is understood."
  (plist-put (cl-call-next-method) :experimental '(:costline (:version 1))))

(cl-defmethod eglot-handle-notification
  ((server costline-server) (_method (eql costline/status)) &key text severity &allow-other-keys)
  "Show the status."
  (setq costline--server server costline--status (cons text severity))
  (force-mode-line-update t))

(defun costline--text ()
  "What the mode line shows: the text, with a mark where it is not fresh."
  (when costline--status
    (let* ((severity (cdr costline--status))
           (mark (cond ((not (jsonrpc-running-p costline--server)) " (disconnected)")
                       ((equal severity "stale") " (stale)")
                       (t "")))
           (face (if (string-empty-p mark) (cdr (assoc severity costline-faces)) 'shadow)))
      (concat " " (propertize (concat (string-replace "%" "%%" (car costline--status)) mark) 'face face) " "))))

;;;###autoload
(define-minor-mode costline-mode
  "Show in the mode line what Claude Code costs in the project of the present folder."
  :global t
  (setq mode-line-misc-info (delete '(:eval (costline--text)) mode-line-misc-info))
  (if (not costline-mode)
      (when (and costline--server (jsonrpc-running-p costline--server)) (eglot-shutdown costline--server))
    (add-to-list 'mode-line-misc-info '(:eval (costline--text)) t)
    (let ((eglot-sync-connect nil)
          (project (or (project-current) (cons 'transient default-directory))))
      ;; In a buffer of a language `eglot' would end that one's server.
      (with-temp-buffer
        (eglot '(costline-mode) project 'costline-server costline-command "costline")))))

(defun costline-breakdown (by)
  "Show what was spent by project, model, session or another key BY."
  (interactive (list (completing-read "Cost by: " '("project" "model" "session" "day" "month" "tool" "agent")
                                      nil nil nil nil "project")))
  (costline--show "costline.showBreakdown" `(:by ,by :format "markdown")))

(defun costline-report ()
  "Show what was spent today, this week and this month, on what, and how budgets and limits stand."
  (interactive)
  (costline--show "costline.showReport" '(:format "markdown")))

(defun costline--show (command argument)
  "Have the server carry out COMMAND with ARGUMENT, and show the text that it answers."
  (unless (and costline--server (jsonrpc-running-p costline--server))
    (user-error "Costline does not run; M-x costline-mode starts it"))
  (let ((text (jsonrpc-request costline--server :workspace/executeCommand
                               `(:command ,command :arguments [,argument]))))
    (with-current-buffer (get-buffer-create "*costline*")
      (let ((inhibit-read-only t)) (erase-buffer) (insert text) (goto-char (point-min)))
      (special-mode)
      (setq truncate-lines t)
      (pop-to-buffer (current-buffer)))))

(provide 'costline)
;;; costline.el ends here
